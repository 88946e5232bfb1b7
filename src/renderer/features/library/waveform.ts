/** Peaks of a recording as a drawing. */

export interface Bar {
  readonly x: number
  readonly y: number
  readonly height: number
}

/** Pixels. */
export const BAR_WIDTH = 3
const GAP = 2
/** Silence is a line and not nothing. */
const LEAST = 2

/**
 * Bars that fill a width, each as high as the loudest of the peaks it stands for, about the middle.
 *
 * @param peaks 0 to 1, of equally long stretches
 * @param width pixels
 * @param height pixels
 */
export function barsOf(peaks: readonly number[], width: number, height: number): readonly Bar[] {
  const count = Math.max(0, Math.floor((width + GAP) / (BAR_WIDTH + GAP)))
  if (count === 0 || peaks.length === 0) return []
  // A quiet recording is drawn as high as a loud one: one looks for where somebody speaks.
  const loudest = Math.max(0.05, ...peaks)
  return Array.from({ length: count }, (_, index) => {
    const from = Math.floor((index * peaks.length) / count)
    const to = Math.max(from + 1, Math.floor(((index + 1) * peaks.length) / count))
    const peak = Math.max(...peaks.slice(from, to)) / loudest
    const tall = Math.max(LEAST, Math.round(peak * height))
    return { x: index * (BAR_WIDTH + GAP), y: (height - tall) / 2, height: tall }
  })
}

/** Seconds a key moves on or back; null for keys that do nothing here. */
export function seekBy(key: string, position: number, duration: number): number | null {
  const to = ((): number | null => {
    switch (key) {
      case 'ArrowRight':
      case 'ArrowUp':
        return position + 5
      case 'ArrowLeft':
      case 'ArrowDown':
        return position - 5
      case 'PageUp':
        return position + 30
      case 'PageDown':
        return position - 30
      case 'Home':
        return 0
      case 'End':
        return duration
      default:
        return null
    }
  })()
  return to === null ? null : Math.min(duration, Math.max(0, to))
}
