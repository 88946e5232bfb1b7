import type { Clock, Journal, JournalDetail } from './ports.ts'

/** Writes one line of the diagnostics timeline. Only words and numbers chosen by core go in, never an answer's text. */
export type Recorder = (event: string, detail?: JournalDetail) => void

export function createTimeline(clock: Clock, journal: Journal): Recorder {
  return (event, detail = {}) =>
    journal.record({ wall: clock.wallNow(), monotonic: clock.monotonicNow(), event, detail })
}
