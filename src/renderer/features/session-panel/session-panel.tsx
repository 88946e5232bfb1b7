import { Activity, KeyRound, LogOut } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { SessionFacts } from '../../../contract/diagnostics.ts'
import type { Failure, SessionState } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { Alert } from '../../ui/alert.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { useFailureWords } from '../../ui/failure-words.ts'
import { usePreciseWords } from '../../ui/precise-time.ts'
import { useNow, useTimeWords } from '../../ui/time.ts'
import { useSignOut } from '../account/sign-out.tsx'
import { isConnected } from '../connection/connection-words.ts'
import { AccessRing } from './access-ring.tsx'
import { Devices } from './devices.tsx'
import { useSessionFacts } from './use-session-facts.ts'

/** Nothing here moves more often. */
const STEP = 3000
/** Below this a clock is right as far as a person is concerned. */
const CLOCK_MATTERS_MS = 30_000

interface SessionPanelProps {
  readonly titleId: string
  readonly state: SessionState
  /** The pill's own words. */
  readonly headline: string
  /** The person goes on to another page. */
  readonly onLeave: () => void
}

/** How the session does, where else one is signed in, and the ways out. */
export default function SessionPanel({ titleId, state, headline, onLeave }: SessionPanelProps) {
  const { client, goTo } = useStores()
  const { t } = useTranslation('connection')
  const facts = useSessionFacts(client)
  const now = useNow(STEP)
  const { signOut, question } = useSignOut()
  const [everywhere, setEverywhere] = useState(false)
  const reachable = isConnected(state)
  const mayGo = client.window.kind === 'main'

  return (
    <div data-panel="session">
      <div className="flex items-center justify-between gap-3 px-5 pt-4 pb-3">
        <h2 id={titleId} className="text-lead font-semibold">
          {t('panel.title')}
        </h2>
        <p className={`text-note font-medium ${reachable ? 'text-accent' : 'text-warn'}`}>
          {headline.replace(/[.:]$/, '')}
        </p>
      </div>
      {facts && <Facts facts={facts} now={now} />}
      <Devices reachable={reachable} now={now} />
      <div className="flex flex-wrap gap-2.5 border-t border-line bg-sunken/50 px-5 py-4">
        <Button size="small" onClick={signOut}>
          <LogOut aria-hidden className="size-4.5 rtl:-scale-x-100" />
          {t('panel.signOut')}
        </Button>
        <Button size="small" onClick={() => setEverywhere(true)}>
          {t('panel.everywhere')}
        </Button>
        {mayGo && (
          <Button
            size="small"
            look="quiet"
            onClick={() => {
              onLeave()
              goTo({ name: 'diagnostics' })
            }}
          >
            <Activity aria-hidden className="size-4.5" />
            {t('panel.diagnostics')}
          </Button>
        )}
      </div>
      {question}
      {everywhere && <SignOutEverywhere reachable={reachable} onDismiss={() => setEverywhere(false)} />}
    </div>
  )
}

function Facts({ facts, now }: { facts: SessionFacts; now: number }) {
  const { t } = useTranslation('connection')
  const { fromNow, dayAndTime } = useTimeWords()
  const precise = usePreciseWords()
  const { accessIssuedAt, accessExpiresAt, nextRefreshAt, lastRefreshAt, lastRecovery } = facts
  const { sessionExpiresAt, clockOffset, serverUrl, serverVersion } = facts
  /** What has just happened is not in the future because the panel looks every few seconds only. */
  const ago = (moment: number) =>
    t('panel.moment', { when: fromNow(Math.min(moment, now), now), time: precise.clockTime(moment) })
  const clockMatters = clockOffset !== null && Math.abs(clockOffset) >= CLOCK_MATTERS_MS
  const lives = accessIssuedAt !== null && accessExpiresAt !== null && accessExpiresAt > now

  return (
    <>
      <div className="px-5 pb-4">
        {lives ? (
          <AccessRing issuedAt={accessIssuedAt} expiresAt={accessExpiresAt} now={now} />
        ) : (
          <p className="text-note text-quiet">
            {t(accessExpiresAt === null ? 'panel.noAccess' : 'panel.expired')}
          </p>
        )}
        {facts.memoryOnly && (
          <p className="mt-3 flex items-center gap-2 rounded-control bg-warn-wash px-3 py-2 text-note text-warn">
            <KeyRound aria-hidden className="size-4.5 shrink-0" />
            {t('panel.memoryOnly')}
          </p>
        )}
        {clockMatters && (
          <p className="mt-3 rounded-control bg-warn-wash px-3 py-2 text-note text-warn">
            {t(clockOffset > 0 ? 'panel.clockBehind' : 'panel.clockAhead', {
              length: precise.work(Math.abs(clockOffset)),
            })}
          </p>
        )}
      </div>
      <dl className="grid grid-cols-[fit-content(45%)_1fr] gap-x-4 gap-y-1.5 border-t border-line px-5 py-4 text-note">
        <Fact name={t('panel.next')}>
          {nextRefreshAt === null
            ? t('panel.noNext')
            : t('panel.moment', {
                when: fromNow(Math.max(nextRefreshAt, now), now),
                time: precise.clockTime(nextRefreshAt),
              })}
        </Fact>
        {lastRefreshAt !== null && <Fact name={t('panel.last')}>{ago(lastRefreshAt)}</Fact>}
        {lastRecovery && (
          <Fact name={t('panel.recovery')}>
            {ago(lastRecovery.at)}
            <span className="block text-quiet">
              {t('panel.recoveryTook', {
                cause: t(`causes.${lastRecovery.cause}`),
                length: precise.work(lastRecovery.tookMs),
              })}
            </span>
          </Fact>
        )}
        {sessionExpiresAt !== null && (
          <Fact name={t('panel.signInEnds')}>{dayAndTime(sessionExpiresAt, now)}</Fact>
        )}
        <Fact name={t('panel.server')}>
          <span dir="ltr">{URL.canParse(serverUrl) ? new URL(serverUrl).host : serverUrl}</span>
          {serverVersion !== null && (
            <span className="block text-quiet">{t('panel.version', { version: serverVersion })}</span>
          )}
        </Fact>
      </dl>
    </>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="break-words hyphens-auto text-quiet">{name}</dt>
      <dd className="min-w-0 break-words tabular-nums">{children}</dd>
    </>
  )
}

function SignOutEverywhere({ reachable, onDismiss }: { reachable: boolean; onDismiss: () => void }) {
  const { client } = useStores()
  const { t } = useTranslation('connection')
  const failureWords = useFailureWords()
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Failure | null>(null)

  async function leave(): Promise<void> {
    setBusy(true)
    setFailure(null)
    const answer = await client.ask('session:sign-out-everywhere')
    setBusy(false)
    if (!answer.ok) setFailure(answer.failure)
  }

  const trouble = failure ? failureWords(failure) : reachable ? null : t('everywhere.offline')
  return (
    <Dialog
      role="alertdialog"
      onDismiss={onDismiss}
      title={t('everywhere.title')}
      description={t('everywhere.text')}
    >
      {trouble && (
        <div className="mt-4">
          <Alert message={trouble} />
        </div>
      )}
      <div className="mt-6 flex flex-wrap gap-3">
        <Button className="grow" onClick={onDismiss}>
          {t('everywhere.keep')}
        </Button>
        <Button look="primary" className="grow" disabled={busy || !reachable} onClick={() => void leave()}>
          {t(busy ? 'everywhere.busy' : 'everywhere.confirm')}
        </Button>
      </div>
    </Dialog>
  )
}
