import { Laptop, LogOut } from 'lucide-react'
import { useEffect, useId, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Device } from '../../../contract/devices.ts'
import type { Failure } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { Alert } from '../../ui/alert.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { useFailureWords } from '../../ui/failure-words.ts'
import { useTimeWords } from '../../ui/time.ts'

/** Newer than this counts as now: a device is only seen when it renews its access. */
const NOW_MS = 60_000

interface Known {
  readonly devices: readonly Device[]
  /** Epoch milliseconds. */
  readonly at: number
}

/** Where this account is signed in. Without the server: what was known last, with its time. */
export function Devices({ reachable, now }: { reachable: boolean; now: number }) {
  const { client } = useStores()
  const { t } = useTranslation('connection')
  const failureWords = useFailureWords()
  const time = useTimeWords()
  const titleId = useId()
  const [known, setKnown] = useState<Known | null>(null)
  const [failure, setFailure] = useState<Failure | null>(null)
  const [leaving, setLeaving] = useState<Device | null>(null)
  const [gone, setGone] = useState('')
  const [asked, setAsked] = useState(0)
  const heading = useRef<HTMLHeadingElement>(null)

  useEffect(() => {
    if (!reachable) return
    let over = false
    void client.call('listDevices', {}).then((answer) => {
      if (over) return
      setFailure(answer.ok ? null : answer.failure)
      if (answer.ok) setKnown({ devices: answer.value.items, at: Date.now() })
    })
    return () => {
      over = true
    }
  }, [client, reachable, asked])

  return (
    <section aria-labelledby={titleId} className="border-t border-line px-5 py-4">
      <h3 ref={heading} id={titleId} tabIndex={-1} className="font-semibold outline-none">
        {t('devices.title')}
      </h3>
      {!reachable && (
        <p className="mt-1 text-note text-quiet">
          {known ? t('devices.asOf', { time: time.clockTime(known.at) }) : t('devices.offline')}
        </p>
      )}
      {reachable && failure && (
        <div className="mt-3 flex flex-col items-start gap-3">
          <Alert message={failureWords(failure)} />
          <Button size="small" onClick={() => setAsked(asked + 1)}>
            {t('devices.again')}
          </Button>
        </div>
      )}
      {reachable && !known && !failure && (
        <p role="status" className="mt-2 h-14 rounded-control bg-sunken">
          <span className="sr-only">{t('devices.loading')}</span>
        </p>
      )}
      {known && (
        <ul aria-labelledby={titleId} className="mt-1">
          {known.devices.map((device) => (
            <li key={device.id} className="flex min-h-14 items-center gap-3 py-1.5">
              <Laptop aria-hidden className="size-5.5 shrink-0 text-quiet" />
              <p className="min-w-0 grow">
                <span className="block font-medium break-words">{device.name}</span>
                <span className="block text-note text-quiet">
                  {[device.platform, activeWords(device, now)].join(' · ')}
                </span>
              </p>
              {device.current ? (
                <span className="shrink-0 rounded-full bg-accent-wash px-2.5 py-0.5 text-note font-medium text-accent">
                  {t('devices.here')}
                </span>
              ) : (
                <Button
                  size="small"
                  aria-label={t('devices.signOutOf', { name: device.name })}
                  disabled={!reachable}
                  onClick={() => setLeaving(device)}
                >
                  {t('devices.signOut')}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      <p role="status" className="text-note text-accent">
        {gone && t('devices.gone', { name: gone })}
      </p>
      {leaving && (
        <SignOutThere
          device={leaving}
          onDone={(signedOut) => {
            setLeaving(null)
            if (!signedOut) return
            setGone(leaving.name)
            if (known) {
              setKnown({ ...known, devices: known.devices.filter(({ id }) => id !== leaving.id) })
            }
            setAsked(asked + 1)
            heading.current?.focus()
          }}
        />
      )}
    </section>
  )

  function activeWords({ lastActiveAt }: Device, moment: number): string {
    const at = Date.parse(lastActiveAt)
    if (moment - at < NOW_MS) return t('devices.activeNow')
    return t('devices.active', { when: time.fromNow(at, moment) })
  }
}

function SignOutThere({ device, onDone }: { device: Device; onDone: (signedOut: boolean) => void }) {
  const { client } = useStores()
  const { t } = useTranslation('connection')
  const failureWords = useFailureWords()
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Failure | null>(null)

  async function signOut(): Promise<void> {
    setBusy(true)
    const answer = await client.call('revokeDevice', { params: { deviceId: device.id } })
    setBusy(false)
    if (answer.ok) onDone(true)
    else setFailure(answer.failure)
  }

  return (
    <Dialog
      role="alertdialog"
      onDismiss={() => onDone(false)}
      title={t('devices.confirmTitle', { name: device.name })}
      description={t('devices.confirmText')}
    >
      {failure && (
        <div className="mt-4">
          <Alert message={failureWords(failure)} />
        </div>
      )}
      <div className="mt-6 flex flex-wrap gap-3">
        <Button className="grow" onClick={() => onDone(false)}>
          {t('devices.keep')}
        </Button>
        <Button look="primary" className="grow" disabled={busy} onClick={() => void signOut()}>
          <LogOut aria-hidden className="size-5 rtl:-scale-x-100" />
          {t('devices.confirm')}
        </Button>
      </div>
    </Dialog>
  )
}
