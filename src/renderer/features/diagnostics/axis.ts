import type { ScaleTime } from 'd3-scale'

export interface Tick {
  /** Epoch milliseconds. */
  readonly at: number
  readonly label: string
  /** A midnight. */
  readonly isDay: boolean
}

const MINUTE = 60_000
/** Pixels a label needs, with some air. */
const APART = { minutes: 88, seconds: 128 }

/** Round times in this machine's zone, as many as can be read. */
export function axisTicks(scale: ScaleTime<number, number>, width: number, language: string): Tick[] {
  const [from, to] = scale.domain()
  if (!from || !to) return []
  const seconds = to.getTime() - from.getTime() < 8 * MINUTE
  const hours = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
  const locale = language === 'en' ? 'en-GB' : language
  const time = new Intl.DateTimeFormat(locale, seconds ? { ...hours, second: '2-digit' } : hours)
  const day = new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric' })
  return ticksThatFit(scale, Math.max(2, Math.floor(width / APART[seconds ? 'seconds' : 'minutes']))).map(
    (date) => {
      const isDay = date.getHours() === 0 && date.getMinutes() === 0 && date.getSeconds() === 0
      return { at: date.getTime(), label: (isDay ? day : time).format(date), isDay }
    },
  )
}

/** d3 takes the number as a hint: where round steps lie far apart it gives up to twice as many. */
function ticksThatFit(scale: ScaleTime<number, number>, most: number): Date[] {
  for (let wanted = most; wanted > 1; wanted -= 1) {
    const ticks = scale.ticks(wanted)
    if (ticks.length <= most) return ticks
  }
  return scale.ticks(1)
}
