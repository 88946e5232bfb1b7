import { useEffect, useState } from 'react'
import type { SessionFacts } from '../../../contract/diagnostics.ts'
import type { SessionClient } from '../../session-client.ts'

/** How the session does, as long as somebody looks; null until main has said so. */
export function useSessionFacts(client: SessionClient): SessionFacts | null {
  const [facts, setFacts] = useState<SessionFacts | null>(null)
  useEffect(() => {
    let heard = false
    const off = client.on('session:facts', (now) => {
      heard = true
      setFacts(now)
    })
    void client.ask('session:facts').then((answer) => {
      if (answer.ok && !heard) setFacts(answer.value)
    })
    return () => {
      heard = true
      off()
    }
  }, [client])
  return facts
}
