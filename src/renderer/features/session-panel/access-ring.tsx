import { useTranslation } from 'react-i18next'
import { useTimeWords } from '../../ui/time.ts'

const SIZE = 64
const STROKE = 8

/** How much of it is left, in [0, 1]. */
export const leftOf = (issuedAt: number, expiresAt: number, now: number) =>
  Math.min(1, Math.max(0, (expiresAt - now) / Math.max(1, expiresAt - issuedAt)))

interface AccessRingProps {
  /** Epoch milliseconds. */
  readonly issuedAt: number
  readonly expiresAt: number
  readonly now: number
}

/** The life of the access token as a ring that empties. It moves in steps, so that nobody's eye is drawn to it. */
export function AccessRing({ issuedAt, expiresAt, now }: AccessRingProps) {
  const { t } = useTranslation('connection')
  const { fromNow } = useTimeWords()
  const left = leftOf(issuedAt, expiresAt, now)
  const expires = t('panel.expires', { when: fromNow(Math.max(expiresAt, now), now) })
  const radius = (SIZE - STROKE) / 2
  const circle = { cx: SIZE / 2, cy: SIZE / 2, r: radius, fill: 'none', strokeWidth: STROKE }

  return (
    <div className="flex items-center gap-4">
      <svg
        role="img"
        aria-label={`${t('panel.access')}: ${expires}`}
        data-left={left.toFixed(3)}
        width={SIZE}
        height={SIZE}
        className="shrink-0 -rotate-90"
      >
        <circle {...circle} className="stroke-accent-wash" />
        {left > 0 && (
          <circle
            {...circle}
            pathLength={100}
            strokeDasharray={`${left * 100} 100`}
            strokeLinecap="round"
            className="stroke-accent"
          />
        )}
      </svg>
      <p aria-hidden>
        <span className="block text-note text-quiet">{t('panel.access')}</span>
        <span className="block text-lead font-semibold tabular-nums">{expires}</span>
      </p>
    </div>
  )
}
