import { useId, type PointerEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { useWidth } from '../../ui/use-width.ts'
import { spokenTime } from './file-words.ts'
import { BAR_WIDTH, barsOf, seekBy } from './waveform.ts'

interface SeekBarProps {
  /** Null until the recording was analysed: then the bar is plain. */
  readonly peaks: readonly number[] | null
  /** Seconds. */
  readonly position: number
  /** Seconds; 0 while nobody knows. */
  readonly duration: number
  readonly onSeek: (seconds: number) => void
}

const HEIGHT = 64

/** Where one is in a recording, and the way to anywhere else in it. Time runs from left to right in every language. */
export function SeekBar({ peaks, position, duration, onSeek }: SeekBarProps) {
  const { t, i18n } = useTranslation('library')
  const [bar, width] = useWidth<HTMLDivElement>()
  const clip = useId()
  const share = duration > 0 ? Math.min(1, position / duration) : 0
  const bars = peaks ? barsOf(peaks, width, HEIGHT) : []
  const path = bars.map(({ x, y, height }) => `M${x} ${y}h${BAR_WIDTH}v${height}h${-BAR_WIDTH}z`).join('')

  const seekTo = ({ currentTarget, clientX }: PointerEvent<HTMLDivElement>) => {
    const { left, width: all } = currentTarget.getBoundingClientRect()
    onSeek(Math.min(1, Math.max(0, (clientX - left) / all)) * duration)
  }

  return (
    <div
      ref={bar}
      role="slider"
      tabIndex={0}
      dir="ltr"
      aria-label={t('player.position')}
      aria-valuemin={0}
      aria-valuemax={Math.round(duration)}
      aria-valuenow={Math.round(position)}
      aria-valuetext={t('player.positionOf', {
        position: spokenTime(position, i18n.language),
        duration: spokenTime(duration, i18n.language),
      })}
      onKeyDown={(event) => {
        const to =
          event.altKey || event.ctrlKey || event.metaKey ? null : seekBy(event.key, position, duration)
        if (to === null) return
        event.preventDefault()
        onSeek(to)
      }}
      onPointerDown={(event) => {
        if (event.button !== 0) return
        event.currentTarget.setPointerCapture(event.pointerId)
        seekTo(event)
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) seekTo(event)
      }}
      className="relative h-16 w-full cursor-pointer touch-none rounded-control"
    >
      {peaks ? (
        <svg aria-hidden width={width} height={HEIGHT} data-peaks={peaks.length} className="block">
          <clipPath id={clip}>
            <rect width={share * width} height={HEIGHT} />
          </clipPath>
          <path d={path} className="fill-edge" />
          <path d={path} clipPath={`url(#${clip})`} className="fill-accent" />
          <rect x={Math.min(width - 2, share * width)} width="2" height={HEIGHT} className="fill-accent" />
        </svg>
      ) : (
        <>
          <span className="absolute inset-x-0 top-1/2 h-1.5 -translate-y-1/2 rounded-full bg-edge" />
          <span
            className="absolute top-1/2 left-0 h-1.5 -translate-y-1/2 rounded-full bg-accent"
            style={{ width: `${share * 100}%` }}
          />
          <span
            className="absolute top-1/2 size-4.5 -translate-1/2 rounded-full bg-accent"
            style={{ left: `${share * 100}%` }}
          />
        </>
      )}
    </div>
  )
}
