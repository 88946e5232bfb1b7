import { KeyRound } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import type { KeychainProblem } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { Button } from '../../ui/button.tsx'
import { MemoryOnly } from '../sign-in/memory-only.tsx'
import { useKeychainWords } from './keychain-words.ts'

/** Within a sign-in form: what is the matter, another try, and doing without where the organisation allows that. */
export function KeychainTrouble({ problem }: { problem: KeychainProblem }) {
  const { client, window } = useStores()
  const { t } = useTranslation('sign-in', { keyPrefix: 'keychain' })
  const inWords = useKeychainWords()
  const mayDoWithout = useStore(window, ({ settings }) => settings?.memoryOnlySignIn.value ?? true)
  const [asking, setAsking] = useState(false)

  const retry = async () => {
    setAsking(true)
    const answer = await client.ask('workspace:get')
    if (answer.ok) window.setState({ workspace: answer.value })
    setAsking(false)
  }

  return (
    <section
      aria-label={t(`titles.${problem}`)}
      className="flex flex-col gap-4 rounded-control bg-warn-wash p-4"
    >
      <div className="flex items-start gap-2.5 text-warn">
        <KeyRound aria-hidden className="mt-0.5 size-5.5 shrink-0" />
        <div>
          <p className="font-semibold">{t(`titles.${problem}`)}</p>
          <p className="mt-1 text-note">{inWords(problem)}</p>
        </div>
      </div>
      <Button size="small" className="self-start" onClick={() => void retry()} disabled={asking}>
        {t(asking ? 'retrying' : 'retry')}
      </Button>
      {mayDoWithout && <MemoryOnly />}
    </section>
  )
}
