import type { Speaker } from './speakers.ts'
import type { AudioFailure } from './audio-messages.ts'

/** A stretch of decoded sound. */
export interface Sound {
  /** Hz. */
  readonly sampleRate: number
  /** One array per channel, equally long; full scale is 1. */
  readonly channels: readonly Float32Array[]
  /** Where each channel is played. */
  readonly speakers: readonly Speaker[]
}

/** How a recording ended. */
export type Ending =
  /** `complete` is false when it breaks off, or when some of it could not be decoded. */
  { readonly complete: boolean } | { readonly failure: AudioFailure }

/** Yields sound in small stretches, so that no recording can fill the memory. */
export type Decoding = AsyncGenerator<Sound, Ending>

/** More channels than any of the formats gives speakers to; their loudness is not defined either. */
export const MAX_CHANNELS = 8

export const damaged = (message: string): Ending => ({ failure: { code: 'damaged', message } })
export const unsupported = (message: string): Ending => ({ failure: { code: 'unsupported-format', message } })

/** What a decoder library threw at bytes it cannot take is no fault of ours, and no sound either. */
export async function attempt<T>(decode: () => T | Promise<T>): Promise<T | null> {
  try {
    return await decode()
  } catch {
    return null
  }
}
