import { useEffect, useState } from 'react'
import { useStores } from '../../stores.tsx'
import { useNow } from '../../ui/time.ts'

/** The server's clock in epoch milliseconds, re-rendering each `step`: a class ends for everybody at the same time. */
export function useServerNow(step: number): number {
  const { client } = useStores()
  const [offset, setOffset] = useState(0)
  const now = useNow(step)

  useEffect(() => {
    // A few milliseconds more or less with each answer are no news for a clock of seconds.
    const take = ({ clockOffset }: { clockOffset: number | null }) =>
      setOffset((before) =>
        clockOffset !== null && Math.abs(clockOffset - before) > 500 ? clockOffset : before,
      )
    const off = client.on('session:facts', take)
    void client.ask('session:facts').then((answer) => answer.ok && take(answer.value))
    return off
  }, [client])

  return now + offset
}
