/** What there is to say of a recording: its length, its shape, its loudness. Measured anew after a restart. */
import type { AudioOrder } from '../audio/audio-analysis.ts'
import type { AudioResult } from '../audio/audio-messages.ts'
import type { Library } from '../library/library.ts'
import { JobFailure, type Workers } from './job-runner.ts'

export type Analyse = (
  order: Pick<AudioOrder, 'bytes' | 'totalBytes' | 'onProgress' | 'signal'>,
) => Promise<AudioResult>

/** Levels and peaks to a ten-thousandth: more than anybody sees or hears, and the result stays small. */
const rounded = (value: number) => Math.round(value * 10_000) / 10_000
const roundedOr = (value: number | null) => (value === null ? null : rounded(value))

export function analyseRecording({
  library,
  analyse,
}: {
  library: Library
  analyse: Analyse
}): Workers['audio-analysis'] {
  return async ({ accountId, order, signal, report }) => {
    const { file, bytes } = await library.open(accountId, order.fileId)
    const step = 'Listening to the recording'
    report(0, step)
    const result = await analyse({
      bytes: bytes(),
      totalBytes: file.size,
      onProgress: (fraction) => report(fraction, step),
      signal,
    })
    if (!result.ok) {
      const { code, message } = result.failure
      // These two say nothing about the recording: it is stopped, or tried again.
      if (code === 'cancelled' || code === 'crashed') throw new Error(message)
      throw new JobFailure(message)
    }
    const { peaks, samplePeak, loudness, ...rest } = result.value
    return {
      kind: 'audio-analysis',
      ...rest,
      peaks: peaks.map(rounded),
      samplePeak: roundedOr(samplePeak),
      loudness: roundedOr(loudness),
    }
  }
}
