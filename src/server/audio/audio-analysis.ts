import { resolve } from 'node:path'
import { Worker } from 'node:worker_threads'
import { FromAudioWorker, type AudioFailure, type AudioResult, type ToAudioWorker } from './audio-messages.ts'

/** Between the threads is half a megabyte at most, however the recording arrives cut. */
const PIECE_BYTES = 64 * 1024
const MOST_ON_THEIR_WAY = 8
/** Milliseconds. A piece takes some ten; a decoder that takes this long over one will not come back. */
const PATIENCE = 60_000

export interface AudioOrder {
  /** The recording from its first byte to its last. Closed when no more of it is needed. */
  readonly bytes: AsyncIterable<Uint8Array>
  /** How many there will be; only progress depends on it. */
  readonly totalBytes: number
  /** Told of every further hundredth that was read, 0 to 1. */
  readonly onProgress?: (fraction: number) => void
  readonly signal?: AbortSignal
  /** Path of the built audio-worker.ts. */
  readonly workerScript?: string
  /** Milliseconds the worker may say nothing while it has something to do. */
  readonly patience?: number
}

/** Right whether the bundler puts this code into out/server/ or into out/chunks/. */
const builtWorker = () => resolve(import.meta.dirname, '../server/audio-worker.js')

const failed = (code: AudioFailure['code'], message: string): AudioResult => ({
  ok: false,
  failure: { code, message },
})
const cancelled = () => failed('cancelled', 'The analysis was cancelled.')

/**
 * Measures a recording of any length in a thread of its own, which has ended when this returns.
 *
 * @throws only what `bytes` or `onProgress` throws
 */
export async function analyseAudio(order: AudioOrder): Promise<AudioResult> {
  const chunks = order.bytes[Symbol.asyncIterator]()
  // Not waited for: it may itself be waiting for bytes that never come.
  const close = () => void chunks.return?.().catch(() => undefined)
  if (order.signal?.aborted) {
    close()
    return cancelled()
  }
  const thread = new AudioThread(order)
  let exhausted = false

  const feed = async (): Promise<AudioResult> => {
    for (;;) {
      const next = await chunks.next()
      if (next.done) {
        exhausted = true
        break
      }
      for (let offset = 0; offset < next.value.length; offset += PIECE_BYTES) {
        await thread.room()
        if (thread.over) return thread.result
        // A copy: what is transferred is gone for whoever gave it to us.
        thread.send(new Uint8Array(next.value.subarray(offset, offset + PIECE_BYTES)))
      }
    }
    thread.send(null)
    return thread.result
  }

  try {
    return await Promise.race([thread.result, feed()])
  } finally {
    await thread.end()
    if (!exhausted) close()
  }
}

class AudioThread {
  /** Of the recording, or of what became of the thread. */
  readonly result: Promise<AudioResult>
  readonly #order: AudioOrder
  readonly #worker: Worker
  #settle!: { resolve(result: AudioResult): void; reject(reason: unknown): void }
  #over = false
  #onTheirWay = 0
  #sentAll = false
  #bytesRead = 0
  #hundredths = 0
  #roomMade = () => {}
  #watchdog: NodeJS.Timeout | undefined

  constructor(order: AudioOrder) {
    this.#order = order
    this.result = new Promise((resolve, reject) => (this.#settle = { resolve, reject }))
    this.#worker = new Worker(order.workerScript ?? builtWorker(), {
      // Nothing of the server's is for code that decodes what strangers recorded.
      env: {},
      argv: [],
      execArgv: [],
      // The decoders print what they stumble over; what matters of it is in the result.
      stdout: true,
      stderr: true,
      // Arrays of samples are not counted in these; the decoders see to it that they are small.
      resourceLimits: { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 32 },
    })
    this.#worker.stdout.resume()
    this.#worker.stderr.resume()
    this.#worker.on('message', this.#hear)
    this.#worker.on('error', this.#crash)
    this.#worker.on('exit', this.#crash)
    order.signal?.addEventListener('abort', this.#cancel)
  }

  get over(): boolean {
    return this.#over
  }

  /** Waits until another piece may be sent, or none is wanted any more. */
  async room(): Promise<void> {
    while (this.#onTheirWay >= MOST_ON_THEIR_WAY && !this.#over) {
      await new Promise<void>((resolve) => (this.#roomMade = resolve))
    }
  }

  send(piece: ToAudioWorker): void {
    if (piece) this.#onTheirWay++
    else this.#sentAll = true
    this.#worker.postMessage(piece, piece ? [piece.buffer as ArrayBuffer] : [])
    this.#watch()
  }

  async end(): Promise<void> {
    this.#finish(cancelled())
    this.#order.signal?.removeEventListener('abort', this.#cancel)
    await this.#worker.terminate()
  }

  readonly #hear = (said: unknown): void => {
    const { data: message } = FromAudioWorker.safeParse(said)
    if (!message) return this.#crash()
    if (message.kind === 'result') return this.#finish(message.result)
    this.#onTheirWay--
    this.#bytesRead += message.bytes
    this.#watch()
    this.#roomMade()
    const hundredths = Math.min(100, Math.floor((100 * this.#bytesRead) / this.#order.totalBytes))
    if (!(hundredths > this.#hundredths)) return
    this.#hundredths = hundredths
    try {
      this.#order.onProgress?.(hundredths / 100)
    } catch (error) {
      this.#settle.reject(error)
    }
  }

  readonly #crash = (): void =>
    this.#finish(failed('crashed', 'The analysis ended unexpectedly. Trying again may help.'))

  readonly #cancel = (): void => this.#finish(cancelled())

  #finish(result: AudioResult): void {
    this.#over = true
    clearTimeout(this.#watchdog)
    this.#settle.resolve(result)
    this.#roomMade()
  }

  #watch(): void {
    clearTimeout(this.#watchdog)
    if (this.#over || (this.#onTheirWay === 0 && !this.#sentAll)) return
    this.#watchdog = setTimeout(
      () => this.#finish(failed('damaged', 'A part of this recording cannot be decoded in reasonable time.')),
      this.#order.patience ?? PATIENCE,
    )
  }
}
