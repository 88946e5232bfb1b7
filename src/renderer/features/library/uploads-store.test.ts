import { describe, expect, test } from 'vitest'
import type { StoredFile } from '../../../contract/library.ts'
import { fail, succeed, type Result } from '../../../contract/model.ts'
import { createUploadsStore } from './uploads-store.ts'

const KIB = 1024
/** In a list of answers: the next request is answered as the server would. */
const asItShould = undefined
const offline = fail('offline', 'The server cannot be reached.', { retryable: true })

/** A library that takes files as the real one does, and answers one request after the other when the test says so. */
function startLibrary({ byHand = false, has = [] as readonly StoredFile[] } = {}) {
  const files = new Map<string, { stored: StoredFile; bytes: Blob }>()
  for (const stored of has) files.set(stored.id, { stored, bytes: new Blob() })
  const keys = new Map<string, string>()
  const asked: string[] = []
  const sentAtOnce = new Map<string, number>()
  let most = 0
  const held: (() => void)[] = []
  const answers: (Result<unknown> | undefined)[] = []
  let clock = 0
  const timers: { at: number; run: () => void }[] = []

  async function answer<T>(name: string, give: () => Result<T>): Promise<Result<T>> {
    asked.push(name)
    if (byHand) await new Promise<void>((resolve) => held.push(resolve))
    else await Promise.resolve()
    clock += 100
    return (answers.shift() as Result<T> | undefined) ?? give()
  }
  const find = (id: string) => files.get(id)
  const gone = fail('not-found', 'There is no such file.')

  const client = {
    call: (
      endpoint: string,
      input: { params?: { fileId: string }; body?: object; idempotencyKey?: string },
    ) =>
      answer(endpoint, (): Result<unknown> => {
        const { fileId = '' } = input.params ?? {}
        if (endpoint === 'createUpload') {
          const key = input.idempotencyKey ?? ''
          const id = keys.get(key) ?? crypto.randomUUID()
          keys.set(key, id)
          const known = files.get(id)?.stored
          const made = { ...(input.body as StoredFile), id, received: 0, status: 'uploading' } as StoredFile
          if (!known) files.set(id, { stored: made, bytes: new Blob() })
          return succeed(known ?? made)
        }
        if (endpoint === 'deleteFile') return succeed({ deleted: files.delete(fileId) })
        const file = find(fileId)
        return file ? succeed(file.stored) : gone
      }),
    ask: async (channel: string, request: { fileId: string; offset?: number; bytes?: Uint8Array }) => {
      const { fileId, offset = 0, bytes } = request
      const place = `${fileId} ${offset}`
      if (bytes) {
        sentAtOnce.set(place, (sentAtOnce.get(place) ?? 0) + 1)
        most = Math.max(most, sentAtOnce.get(place) ?? 0)
      }
      const given = await answer(`${channel}${bytes ? ` ${offset}` : ''}`, (): Result<unknown> => {
        const file = find(fileId)
        if (!file) return gone
        const { stored } = file
        if (!bytes) return succeed({ offset: stored.received })
        if (offset !== stored.received) return fail('conflict', `The file goes on at ${stored.received}.`)
        file.bytes = new Blob([file.bytes, bytes as Uint8Array<ArrayBuffer>])
        const received = offset + bytes.byteLength
        const status = received === stored.size ? 'ready' : 'uploading'
        file.stored = { ...stored, received, status }
        return succeed({ offset: received })
      })
      if (bytes) sentAtOnce.set(place, (sentAtOnce.get(place) ?? 1) - 1)
      return given
    },
  }
  const arrived: StoredFile[] = []
  const store = createUploadsStore({
    client: client as never,
    unfinished: () =>
      [...files.values()].map(({ stored }) => stored).filter((one) => one.status === 'uploading'),
    arrived: (file) => arrived.push(file),
    now: () => clock,
    after(ms, run) {
      const timer = { at: clock + ms, run }
      timers.push(timer)
      return () => void timers.splice(timers.indexOf(timer), 1)
    },
  })
  store.getState().setReachable(true)
  return {
    store,
    files,
    asked,
    arrived,
    mostAtOnce: () => most,
    /** The next request is answered so; the ones after it as they should be. */
    next: (...said: (Result<unknown> | undefined)[]) => answers.push(...said),
    /** Answers what waits for an answer. */
    release: () => held.shift()?.(),
    waiting: () => held.length,
    timers,
    passTime() {
      const due = timers.shift()
      if (!due) throw new Error('nothing waits')
      clock = Math.max(clock, due.at)
      due.run()
    },
    first: () => store.getState().uploads[0],
  }
}

const fileOf = (size: number, name = 'lecture.wav') =>
  new File([Uint8Array.from({ length: size }, (_, index) => (index * 7) % 251)], name, { type: 'audio/wav' })

async function areSame(kept: Blob | undefined, file: File): Promise<boolean> {
  const [one, other] = await Promise.all([kept ?? new Blob(), file].map((blob) => blob.arrayBuffer()))
  const bytes = new Uint8Array(other ?? new ArrayBuffer())
  return one?.byteLength === bytes.length && new Uint8Array(one).every((byte, index) => byte === bytes[index])
}

const unfinished = (received: number, size: number): StoredFile => ({
  id: '0b2f6d0e-7a3c-4d57-9f0e-0c1f2a3b4c5d',
  name: 'lecture.wav',
  contentType: 'audio/wav',
  size,
  received,
  status: 'uploading',
  problem: null,
  createdAt: '2026-11-21T08:00:00.000Z',
  expiresAt: '2026-11-22T08:00:00.000Z',
})

describe('a file that is uploaded', () => {
  test('arrives byte for byte and leaves the list', async () => {
    const library = startLibrary()
    const file = fileOf(700 * KIB)
    library.store.getState().add([file])
    await expect.poll(() => library.arrived.map(({ name }) => name)).toEqual(['lecture.wav'])
    expect(library.store.getState().uploads).toEqual([])
    expect(library.store.getState().arrived).toBe('lecture.wav')
    const [kept] = library.files.values()
    expect(await areSame(kept?.bytes, file)).toBe(true)
  })

  test('says how far it is and how fast', async () => {
    const library = startLibrary({ byHand: true })
    library.store.getState().add([fileOf(8 * KIB * KIB)])
    for (let part = 0; part < 18; part += 1) {
      await expect.poll(library.waiting).toBe(1)
      library.release()
    }
    await expect.poll(() => library.first()?.speed ?? 0).toBeGreaterThan(1024 * KIB)
    expect(library.first()?.sent).toBeGreaterThan(1024 * KIB)
  })

  test('waits for its turn behind two others', async () => {
    const library = startLibrary({ byHand: true })
    library.store.getState().add([fileOf(10, 'a.wav'), fileOf(10, 'b.wav'), fileOf(10, 'c.wav')])
    await expect.poll(library.waiting).toBe(2)
    expect(library.store.getState().uploads.map(({ status }) => status)).toEqual([
      'sending',
      'sending',
      'waiting',
    ])
    await expect
      .poll(() => {
        library.release()
        return library.arrived.length
      })
      .toBe(3)
  })

  test('is not taken twice when it is dropped twice', () => {
    const library = startLibrary({ byHand: true })
    const file = fileOf(10)
    library.store.getState().add([file, file])
    library.store.getState().add([file])
    expect(library.store.getState().uploads).toHaveLength(1)
  })

  test('that nobody can take is refused before a byte is sent', () => {
    const library = startLibrary()
    const large = { name: 'film.mp4', type: 'video/mp4', size: 3 * KIB ** 3 } as File
    library.store.getState().add([fileOf(0), new File(['PK'], 'slides.zip'), large], ['Week 3'])
    expect(library.store.getState().uploads.map(({ problem }) => problem?.kind)).toEqual([
      'folder',
      'empty',
      'unknown-type',
      'too-large',
    ])
  })
})

describe('a person', () => {
  test('pauses an upload, and nothing more is sent until they go on', async () => {
    const library = startLibrary({ byHand: true })
    library.store.getState().add([fileOf(900 * KIB)])
    await expect.poll(library.waiting).toBe(1)
    library.release()
    await expect.poll(() => library.asked.at(-1)).toBe('upload:part 0')
    const id = library.first()?.id ?? ''
    library.store.getState().pause(id)
    library.release()
    await expect.poll(() => library.first()?.sent).toBe(256 * KIB)
    expect(library.first()?.status).toBe('paused')
    const before = library.asked.length
    expect(library.waiting()).toBe(0)
    library.store.getState().resume(id)
    await expect.poll(() => library.asked.length).toBe(before + 1)
    expect(library.asked.at(-1)).toBe(`upload:part ${256 * KIB}`)
  })

  test('pauses and goes on while a part is under way, and it is not sent a second time', async () => {
    const library = startLibrary({ byHand: true })
    library.store.getState().add([fileOf(600 * KIB)])
    await expect.poll(library.waiting).toBe(1)
    library.release()
    await expect.poll(() => library.asked.at(-1)).toBe('upload:part 0')
    const id = library.first()?.id ?? ''
    for (let time = 0; time < 5; time += 1) {
      library.store.getState().pause(id)
      library.store.getState().resume(id)
    }
    await expect
      .poll(() => {
        library.release()
        return library.arrived.length
      })
      .toBe(1)
    expect(library.mostAtOnce()).toBe(1)
    expect(library.asked.filter((one) => one === 'upload:part 0')).toHaveLength(1)
  })

  test('gives an upload up, and the server forgets what it had of it', async () => {
    const library = startLibrary({ byHand: true })
    library.store.getState().add([fileOf(600 * KIB)])
    await expect.poll(library.waiting).toBe(1)
    library.release()
    await expect.poll(() => library.asked.at(-1)).toBe('upload:part 0')
    library.store.getState().remove(library.first()?.id ?? '')
    expect(library.store.getState().uploads).toEqual([])
    library.release()
    await expect.poll(() => library.asked.at(-1)).toBe('deleteFile')
    library.release()
    await expect.poll(() => library.files.size).toBe(0)
    expect(library.arrived).toEqual([])
  })

  test('gives an upload up while the server is away, and it is told later', async () => {
    const library = startLibrary({ has: [unfinished(10, 600 * KIB)] })
    library.store.getState().setReachable(false)
    library.store.getState().add([fileOf(600 * KIB)])
    await expect.poll(() => library.first()?.status).toBe('interrupted')
    library.next(offline)
    library.store.getState().remove(library.first()?.id ?? '')
    await expect.poll(() => library.asked.filter((one) => one === 'deleteFile').length).toBe(1)
    library.store.getState().setReachable(true)
    await expect.poll(() => library.files.size).toBe(0)
  })

  test('signs out, and nothing of theirs is sent or told any more', async () => {
    const library = startLibrary({ byHand: true })
    library.store.getState().add([fileOf(10)])
    await expect.poll(library.waiting).toBe(1)
    library.release()
    await expect.poll(() => library.asked.at(-1)).toBe('upload:part 0')
    library.store.getState().forget()
    library.release()
    await Promise.resolve()
    expect(library.store.getState().uploads).toEqual([])
    expect(library.asked).not.toContain('deleteFile')
    expect(library.arrived).toEqual([])
  })
})

describe('an upload that is interrupted', () => {
  test('asks where the server stands once it can be reached, and goes on from there', async () => {
    const library = startLibrary()
    const file = fileOf(900 * KIB)
    library.next(asItShould, offline)
    library.store.getState().add([file])
    await expect.poll(() => library.first()?.status).toBe('interrupted')
    library.store.getState().setReachable(false)
    const quiet = library.asked.length
    library.store.getState().setReachable(true)
    await expect.poll(() => library.arrived.length).toBe(1)
    expect(library.asked[quiet]).toBe('upload:offset')
    const [kept] = library.files.values()
    expect(await areSame(kept?.bytes, file)).toBe(true)
  })

  test('tries again by itself while the session thinks that the server is there', async () => {
    const library = startLibrary()
    library.next(offline, offline)
    library.store.getState().add([fileOf(10)])
    await expect.poll(() => library.timers.length).toBe(1)
    expect(library.first()).toMatchObject({ status: 'interrupted', problem: { kind: 'failure' } })
    library.passTime()
    await expect.poll(() => library.timers.length).toBe(1)
    library.passTime()
    await expect.poll(() => library.arrived.length).toBe(1)
    expect(library.asked.filter((one) => one === 'createUpload')).toHaveLength(3)
    expect(library.files.size).toBe(1)
  })

  test('sends nothing while nobody can be reached', async () => {
    const library = startLibrary()
    library.store.getState().setReachable(false)
    library.store.getState().add([fileOf(10)])
    await expect.poll(() => library.first()?.status).toBe('interrupted')
    expect(library.asked).toEqual([])
    expect(library.timers).toEqual([])
  })

  test('whose answer was lost does not send the part again', async () => {
    const library = startLibrary({ has: [unfinished(300 * KIB, 600 * KIB)] })
    const file = fileOf(600 * KIB)
    library.store.getState().add([file])
    await expect.poll(() => library.arrived.length).toBe(1)
    expect(library.asked.slice(0, 2)).toEqual(['upload:offset', `upload:part ${300 * KIB}`])
  })

  test('that somebody else has carried on with goes on from where they are', async () => {
    const library = startLibrary()
    library.next(asItShould, fail('conflict', 'The file goes on at byte 0.'))
    library.store.getState().add([fileOf(600 * KIB)])
    await expect.poll(() => library.arrived.length).toBe(1)
    expect(library.asked.slice(0, 4)).toEqual([
      'createUpload',
      'upload:part 0',
      'upload:offset',
      'upload:part 0',
    ])
  })

  test('that the server gave up begins anew when the person says so', async () => {
    const library = startLibrary()
    library.next(asItShould, fail('not-found', 'There is no such file.'))
    library.store.getState().add([fileOf(600 * KIB)])
    await expect
      .poll(() => library.first())
      .toMatchObject({ status: 'failed', problem: { kind: 'forgotten' } })
    library.files.clear()
    library.store.getState().resume(library.first()?.id ?? '')
    await expect.poll(() => library.arrived.length).toBe(1)
  })

  test('that cannot go on says why and waits for the person', async () => {
    const library = startLibrary()
    library.next(fail('library-full', 'There is no room left for this file.'))
    library.store.getState().add([fileOf(10)])
    await expect.poll(() => library.first()?.status).toBe('failed')
    expect(library.first()?.problem).toMatchObject({
      kind: 'failure',
      failure: { message: 'There is no room left for this file.' },
    })
    library.store.getState().resume(library.first()?.id ?? '')
    await expect.poll(() => library.arrived.length).toBe(1)
  })

  test('of a file that is gone from this computer says so', async () => {
    const library = startLibrary()
    const file = fileOf(600 * KIB)
    file.slice = () =>
      ({ arrayBuffer: () => Promise.reject(new DOMException('', 'NotReadableError')) }) as never
    library.store.getState().add([file])
    await expect
      .poll(() => library.first())
      .toMatchObject({ status: 'failed', problem: { kind: 'unreadable' } })
  })

  test('of an earlier start goes on with the same file only', async () => {
    const stored = unfinished(300 * KIB, 600 * KIB)
    const library = startLibrary({ has: [stored] })
    expect(library.store.getState().goOn(stored, fileOf(601 * KIB))).toBe(false)
    expect(library.store.getState().goOn(stored, fileOf(600 * KIB, 'another.wav'))).toBe(false)
    expect(library.store.getState().goOn(stored, fileOf(600 * KIB))).toBe(true)
    await expect.poll(() => library.arrived.length).toBe(1)
    expect(library.asked).not.toContain('createUpload')
  })
})

test('content that is not what it was said to be is refused in the words of the server', async () => {
  const library = startLibrary()
  const refused = { ...unfinished(10, 10), status: 'refused', problem: 'This is not a WAV recording.' }
  library.next(asItShould, asItShould, succeed(refused))
  library.store.getState().add([fileOf(10)])
  await expect
    .poll(() => library.first())
    .toMatchObject({
      status: 'refused',
      problem: { kind: 'not-as-said', sentence: 'This is not a WAV recording.' },
    })
  expect(library.arrived).toEqual([])
})
