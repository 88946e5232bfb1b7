/** What the server and its audio worker say to each other, and what an analysis comes to. */
import { z } from 'zod'

const AudioAnalysis = z.object({
  durationSeconds: z.number().positive(),
  sampleRate: z.int().positive(),
  channels: z.int().positive(),
  /** The largest |sample| of each of equally long stretches, 0 to 1; always PEAK_COUNT of them. */
  peaks: z.array(z.number().min(0).max(1)),
  /** dBFS, above 0 where a lossy or floating-point recording exceeds full scale; null for digital silence. */
  samplePeak: z.number().nullable(),
  /** Integrated loudness in LUFS (ITU-R BS.1770-4); null for silence, and for less than 400 ms. */
  loudness: z.number().nullable(),
  /** False: the recording breaks off or has unreadable parts, and this is of what could be read. */
  complete: z.boolean(),
})

export const PEAK_COUNT = 1000

export const AudioFailure = z.object({
  /** The last two say nothing about the recording. */
  code: z.enum(['unsupported-format', 'damaged', 'empty', 'too-long', 'cancelled', 'crashed']),
  /** One plain sentence for a person. */
  message: z.string(),
})
export type AudioFailure = z.infer<typeof AudioFailure>

export const AudioResult = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), value: AudioAnalysis }),
  z.object({ ok: z.literal(false), failure: AudioFailure }),
])
export type AudioResult = z.infer<typeof AudioResult>

/** A piece of the recording; null: that was all. */
export const ToAudioWorker = z.instanceof(Uint8Array).nullable()
export type ToAudioWorker = z.infer<typeof ToAudioWorker>

export const FromAudioWorker = z.discriminatedUnion('kind', [
  /** The oldest piece on its way was read: there is room for another. */
  z.object({ kind: z.literal('read'), bytes: z.int().min(0) }),
  z.object({ kind: z.literal('result'), result: AudioResult }),
])
export type FromAudioWorker = z.infer<typeof FromAudioWorker>
