/** Recordings measured by the server's real audio worker, in its own thread. */
import { createReadStream } from 'node:fs'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { analyseAudio, type AudioOrder } from '../../src/server/audio/audio-analysis.ts'
import { buildScript, workFolder } from './main-child.ts'

const fixtures = resolve(import.meta.dirname, '../../src/server/audio/fixtures')

let folder: Awaited<ReturnType<typeof workFolder>>
let workerScript: string

beforeAll(async () => {
  folder = await workFolder()
  workerScript = await buildScript('src/server/audio/audio-worker.ts', folder.path, 'audio-worker')
})
afterAll(() => folder.remove())

const analyse = (order: Omit<AudioOrder, 'workerScript'> & { workerScript?: string }) =>
  analyseAudio({ workerScript, ...order })

/** A worker of the test's own, for what the real one never does. */
async function script(name: string, code: string): Promise<string> {
  const path = join(folder.path, `${name}.mjs`)
  await writeFile(path, `import { parentPort } from 'node:worker_threads'\n${code}`)
  return path
}

const SECOND_BYTES = 2 * 2 * 48_000

/** A WAV file of a tone that goes on for as long as it is asked for, and counts what was taken of it. */
function endlessTone({ seconds = Infinity, chunkBytes = 50_000 } = {}) {
  const header = Buffer.alloc(44)
  header.write('RIFF\xff\xff\xff\xffWAVEfmt ', 'latin1')
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(2, 22)
  header.writeUInt32LE(48_000, 24)
  header.writeUInt32LE(SECOND_BYTES, 28)
  header.writeUInt16LE(4, 32)
  header.writeUInt16LE(16, 34)
  header.write('data\xff\xff\xff\xff', 36, 'latin1')
  const second = Buffer.alloc(SECOND_BYTES)
  for (let i = 0; i < 48_000; i++) {
    const value = Math.round(3277 * Math.sin((2 * Math.PI * 1000 * i) / 48_000))
    second.writeInt16LE(value, i * 4)
    second.writeInt16LE(value, i * 4 + 2)
  }
  const state = { taken: 0, closed: false }
  async function* bytes(): AsyncGenerator<Uint8Array> {
    try {
      yield header
      for (let left = seconds * SECOND_BYTES, at = 0; left > 0;) {
        const chunk = second.subarray(at, Math.min(at + chunkBytes, at + left, SECOND_BYTES))
        state.taken += chunk.length
        left -= chunk.length
        at = (at + chunk.length) % SECOND_BYTES
        yield chunk
      }
    } finally {
      state.closed = true
    }
  }
  return { bytes: bytes(), state }
}

const closed = (state: { closed: boolean }) => expect.poll(() => state.closed).toBe(true)

describe('recordings of every format', () => {
  test.each([
    ['two-tones.wav', 0.75, 8000, 2],
    ['two-tones.mp3', 1.5, 44_100, 2],
    ['mono.mp3', 1.541, 44_100, 1],
    ['two-tones.flac', 1.5, 8000, 2],
    ['two-tones.flac.ogg', 1.5, 8000, 2],
    ['two-tones.vorbis.ogg', 1.5, 44_100, 2],
    ['two-tones.opus.ogg', 1.5, 48_000, 2],
  ])('%s is measured in a worker', async (name, seconds, sampleRate, channels) => {
    const path = join(fixtures, name)
    const fractions: number[] = []
    const result = await analyse({
      bytes: createReadStream(path, { highWaterMark: 1024 }),
      totalBytes: (await stat(path)).size,
      onProgress: (fraction) => fractions.push(fraction),
    })
    if (!result.ok) throw new Error(result.failure.message)
    expect(result.value).toMatchObject({ sampleRate, channels, complete: true })
    expect(result.value.durationSeconds).toBeCloseTo(seconds, 3)
    expect(result.value.peaks).toHaveLength(1000)
    expect(result.value.loudness).toBeLessThan(-10)
    expect(result.value.samplePeak).toBeLessThan(-10)
    expect(fractions).toEqual([...new Set(fractions)].sort((a, b) => a - b))
    expect(fractions.at(-1)).toBe(1)
  })

  test('what is no recording is refused in words', async () => {
    const bytes = [await readFile(join(fixtures, 'two-tones.m4a'))]
    const result = await analyse({
      bytes: (async function* () {
        yield* bytes
      })(),
      totalBytes: 1,
    })
    expect(result).toEqual({
      ok: false,
      failure: { code: 'unsupported-format', message: expect.stringMatching(/^This is no recording/) },
    })
  })
})

test('the bytes that were handed over still belong to whoever did', async () => {
  const whole = await readFile(join(fixtures, 'two-tones.wav'))
  const before = Buffer.from(whole)
  await analyse({
    bytes: (async function* () {
      yield whole
    })(),
    totalBytes: whole.length,
  })
  expect(whole.equals(before)).toBe(true)
})

test('ten minutes are measured while the server goes on with its work', async () => {
  const { bytes, state } = endlessTone({ seconds: 600, chunkBytes: 1_000_000 })
  let turns = 0
  const turning = setInterval(() => turns++, 5)
  const before = process.memoryUsage().rss
  let most = before
  const result = await analyse({
    bytes,
    totalBytes: 600 * SECOND_BYTES,
    onProgress: () => (most = Math.max(most, process.memoryUsage().rss)),
  })
  clearInterval(turning)
  if (!result.ok) throw new Error(result.failure.message)
  expect(result.value).toMatchObject({ durationSeconds: 600, complete: true })
  expect(result.value.loudness).toBeCloseTo(-20, 1)
  expect(state.taken).toBe(600 * SECOND_BYTES)
  expect(turns).toBeGreaterThan(20)
  // 115 MB of bytes, and twice that as samples, went through.
  expect(most - before).toBeLessThan(150 * 1024 ** 2)
})

test('no more is read ahead than the worker has use for', async () => {
  const { bytes, state } = endlessTone()
  const idle = await script('idle', `parentPort.on('message', () => {})`)
  const result = await analyse({ bytes, totalBytes: 1e9, workerScript: idle, patience: 500 })
  expect(result).toMatchObject({ ok: false, failure: { code: 'damaged' } })
  expect(state.taken).toBeLessThan(1024 ** 2)
  await closed(state)
})

describe('an analysis that is cancelled', () => {
  test('ends at once, in the middle, and lets go of the recording', async () => {
    const { bytes, state } = endlessTone()
    const abort = new AbortController()
    const result = await analyse({
      bytes,
      totalBytes: 100 * SECOND_BYTES,
      signal: abort.signal,
      onProgress: () => abort.abort(),
    })
    expect(result).toMatchObject({ ok: false, failure: { code: 'cancelled' } })
    await closed(state)
  })

  test('ends also while the recording lets nobody read', async () => {
    const abort = new AbortController()
    const waiting = (async function* (): AsyncGenerator<Uint8Array> {
      setImmediate(() => abort.abort())
      await new Promise(() => {})
      yield new Uint8Array(1)
    })()
    expect(await analyse({ bytes: waiting, totalBytes: 1, signal: abort.signal })).toMatchObject({
      ok: false,
      failure: { code: 'cancelled' },
    })
  })

  test('ends also while a decoder goes round in circles', async () => {
    const { bytes } = endlessTone()
    const abort = new AbortController()
    const busy = await script(
      'busy',
      `parentPort.once('message', () => {
        parentPort.postMessage({ kind: 'read', bytes: 1e6 })
        for (;;);
      })`,
    )
    const result = await analyse({
      bytes,
      totalBytes: 1e6,
      workerScript: busy,
      signal: abort.signal,
      onProgress: () => abort.abort(),
    })
    expect(result).toMatchObject({ ok: false, failure: { code: 'cancelled' } })
  })

  test('does not begin when it was cancelled before', async () => {
    const { bytes, state } = endlessTone()
    const signal = AbortSignal.abort()
    expect(await analyse({ bytes, totalBytes: 1, signal })).toMatchObject({
      ok: false,
      failure: { code: 'cancelled' },
    })
    expect(state.taken).toBe(0)
  })
})

describe('a worker that dies is a failure in words', () => {
  test.each([
    ['by leaving', `parentPort.once('message', () => process.exit(0))`],
    ['by an error', `parentPort.once('message', () => { throw new Error('broken') })`],
    ['by saying what nobody understands', `parentPort.once('message', () => parentPort.postMessage('?'))`],
    ['before it begins', `throw new Error('broken')`],
    ['of too much memory', `const all = []; for (;;) all.push(Array.from({ length: 1e5 }, () => ({})))`],
  ])('%s', async (how, code) => {
    const { bytes, state } = endlessTone()
    const workerScript = await script(how.replaceAll(' ', '-'), code)
    expect(await analyse({ bytes, totalBytes: 1e6, workerScript })).toEqual({
      ok: false,
      failure: { code: 'crashed', message: 'The analysis ended unexpectedly. Trying again may help.' },
    })
    await closed(state)
  })

  test('or was never there', async () => {
    const { bytes } = endlessTone()
    const workerScript = join(folder.path, 'nowhere.mjs')
    expect(await analyse({ bytes, totalBytes: 1e6, workerScript })).toMatchObject({
      ok: false,
      failure: { code: 'crashed' },
    })
  })
})

test('what goes wrong in reading the recording is told to whoever reads it', async () => {
  const lost = (async function* (): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(10)
    throw new Error('the disk is gone')
  })()
  await expect(analyse({ bytes: lost, totalBytes: 100 })).rejects.toThrow('the disk is gone')
})
