/** Files on their way to the server. They go on whatever page is on screen, and find their way back after an outage. */
import { createStore, type StoreApi } from 'zustand'
import { MAX_PAGE_PART_BYTES } from '../../../contract/ipc.ts'
import type { StoredFile } from '../../../contract/library.ts'
import type { Failure, FailureCode } from '../../../contract/model.ts'
import type { SessionClient } from '../../session-client.ts'
import { createSpeed, type Speed } from './speed.ts'
import {
  contentTypeOf,
  isSameFile,
  problemBefore,
  uploadName,
  type Upload,
  type UploadProblem,
  type UploadStatus,
} from './upload.ts'

export interface UploadsState {
  /** In the order they were given. Those that have arrived are in the library and no longer here. */
  readonly uploads: readonly Upload[]
  /** The newest that arrived; for those who cannot see it move. */
  readonly arrived: string | null
  /** One of which the server has a part already goes on from there. */
  add(files: readonly File[], folders?: readonly string[]): void
  /** @returns false when this is another file than the one that was begun */
  goOn(stored: StoredFile, file: File): boolean
  pause(id: string): void
  /** Also tries one again that has failed. */
  resume(id: string): void
  /** Takes it out of the list, and what has arrived of it off the server. */
  remove(id: string): void
  /** Whether calls reach the server, as far as anybody knows. */
  setReachable(reachable: boolean): void
  /** Another person may sign in next. What has arrived stays on the server. */
  forget(): void
}

export type UploadsStore = StoreApi<UploadsState>

export interface UploadsOptions {
  readonly client: Pick<SessionClient, 'ask' | 'call'>
  /** Of which the server has a part and this window has no file. */
  readonly unfinished: () => readonly StoredFile[]
  readonly arrived: (file: StoredFile) => void
  /** Milliseconds; never goes back. */
  readonly now?: () => number
  /** Calls `run` after so many milliseconds. Returns what prevents it. */
  readonly after?: (ms: number, run: () => void) => () => void
}

/** The line is one; two fill the moments in which one of them waits for an answer. */
const AT_ONCE = 2
/** What a part should take: often enough to see it move, seldom enough to be quick. */
const PART_MS = 1000
const SMALLEST_PART = 256 * 1024
/** A file may come in 10,000 parts, and some are cut in two on the way. */
const MOST_PARTS = 5000
/** Milliseconds between two tries while the session believes that the server is there. */
const RETRY_AFTER = [1000, 2000, 4000, 8000, 15_000]
/** So often another window or computer may be ahead before somebody should look. */
const MOST_CONFLICTS = 5

/** What a person has to do something about; anything else passes. */
const LASTING: readonly FailureCode[] = [
  'invalid-request',
  'forbidden',
  'not-found',
  'conflict',
  'rate-limited',
]

interface Work {
  readonly id: string
  /** Announcing it twice is announcing it once. */
  readonly key: string
  readonly file: File
  speed: Speed
  fileId: string | null
  /** Where the server stands; null when it must be asked. */
  offset: number | null
  /** `left`: as `gone`, and what has arrived stays where it is. */
  wanted: 'on' | 'paused' | 'gone' | 'left'
  /** There is one at most, so no byte is ever on its way twice. */
  running: boolean
  /** Ends a rest. */
  wake(): void
}

type Step =
  | { readonly kind: 'on' }
  | { readonly kind: 'whole'; readonly stored: StoredFile }
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'failed'; readonly failure: Failure }

const later = (ms: number, run: () => void) => {
  const timer = setTimeout(run, ms)
  return () => clearTimeout(timer)
}

export function createUploadsStore(options: UploadsOptions): UploadsStore {
  const { client, unfinished, arrived, now = () => performance.now(), after = later } = options
  const works = new Map<string, Work>()
  /** Nobody wants these any more, and the server does not know it yet. */
  const unwanted = new Set<string>()
  let reachable = false

  return createStore<UploadsState>((set) => {
    const change = (id: string, to: Partial<Upload>) =>
      set(({ uploads }) => ({
        uploads: uploads.map((upload) => (upload.id === id ? { ...upload, ...to } : upload)),
      }))

    const drop = (id: string) => {
      works.delete(id)
      set(({ uploads }) => ({ uploads: uploads.filter((upload) => upload.id !== id) }))
    }

    function enter(file: Pick<File, 'name' | 'size'>, status: UploadStatus, problem: UploadProblem | null) {
      const id = crypto.randomUUID()
      const name = uploadName(file.name)
      const upload = { id, fileId: null, name, size: file.size, sent: 0, status, speed: null, problem }
      set(({ uploads }) => ({ uploads: [...uploads, upload] }))
      return id
    }

    function take(file: File, stored: StoredFile | null): void {
      const id = enter(file, 'waiting', null)
      if (stored) change(id, { fileId: stored.id, sent: stored.received })
      works.set(id, {
        id,
        key: crypto.randomUUID(),
        file,
        speed: createSpeed(),
        fileId: stored?.id ?? null,
        offset: null,
        wanted: 'on',
        running: false,
        wake() {},
      })
    }

    /** Begins as many as fit, in their order. */
    function begin(): void {
      const all = [...works.values()]
      const free = AT_ONCE - all.filter(({ running }) => running).length
      const waiting = all.filter(({ running, wanted }) => wanted === 'on' && !running)
      for (const work of waiting.slice(0, Math.max(0, free))) void run(work)
    }

    async function run(work: Work): Promise<void> {
      work.running = true
      await send(work)
      work.running = false
      if (work.wanted === 'gone') discard(work.fileId)
      begin()
    }

    async function send(work: Work): Promise<void> {
      let failures = 0
      let conflicts = 0
      while (work.wanted === 'on') {
        if (!reachable) {
          change(work.id, { status: 'interrupted', speed: null, problem: null })
          await rest(work, null)
          continue
        }
        change(work.id, { status: 'sending', speed: work.speed.now(), problem: null })
        const before = work.offset
        const step = await sendMore(work)
        if (isOver(work)) return
        if (step.kind === 'on') {
          failures = 0
          if (work.offset !== null && before !== null && work.offset > before) conflicts = 0
          continue
        }
        if (step.kind === 'whole') return settle(work, step.stored)
        if (step.kind === 'unreadable') return stop(work, { kind: 'unreadable' })

        const { failure } = step
        // Whatever arrived of it counts.
        work.offset = null
        work.speed = createSpeed()
        if (failure.code === 'conflict' && work.fileId !== null && conflicts < MOST_CONFLICTS) {
          conflicts += 1
          continue
        }
        if (failure.code === 'not-found') {
          work.fileId = null
          return stop(work, { kind: 'forgotten' })
        }
        if (LASTING.includes(failure.code) && !failure.retryable) {
          return stop(work, { kind: 'failure', failure })
        }
        if (isPaused(work)) return
        change(work.id, {
          status: 'interrupted',
          speed: null,
          problem: reachable ? { kind: 'failure', failure } : null,
        })
        const wait = RETRY_AFTER[Math.min(failures, RETRY_AFTER.length - 1)] ?? 0
        failures += 1
        await rest(work, Math.max(wait, failure.retryAfterMs ?? 0))
      }
    }

    /** One request: announces the file, asks where the server stands, sends a part, or looks how it was judged. */
    async function sendMore(work: Work): Promise<Step> {
      const { file, id } = work
      if (work.fileId === null) {
        const contentType = contentTypeOf(file)
        if (!contentType) return { kind: 'unreadable' }
        const body = { name: uploadName(file.name), contentType, size: file.size }
        const announced = await client.call('createUpload', { body, idempotencyKey: work.key })
        if (!announced.ok) return { kind: 'failed', failure: announced.failure }
        work.fileId = announced.value.id
        return reach(work, announced.value.received)
      }
      const { fileId } = work
      if (work.offset === null) {
        const asked = await client.ask('upload:offset', { fileId })
        return asked.ok ? reach(work, asked.value.offset) : { kind: 'failed', failure: asked.failure }
      }
      if (work.offset >= file.size) {
        const looked = await client.call('getFile', { params: { fileId } })
        return looked.ok
          ? { kind: 'whole', stored: looked.value }
          : { kind: 'failed', failure: looked.failure }
      }
      const offset = work.offset
      const bytes = await read(file, offset, partSize(work))
      if (!bytes) return { kind: 'unreadable' }
      // Reading from a slow disk takes a while, and somebody may have thought better of it.
      if (isPaused(work) || isOver(work)) return { kind: 'on' }
      const begun = now()
      const sent = await client.ask('upload:part', { fileId, offset, bytes })
      if (!sent.ok) return { kind: 'failed', failure: sent.failure }
      work.speed.saw(sent.value.offset - offset, now() - begun)
      return reach(work, sent.value.offset)

      function reach(of: Work, to: number): Step {
        of.offset = to
        change(id, { fileId: of.fileId, sent: Math.min(to, file.size) })
        return { kind: 'on' }
      }
    }

    /** Until it is woken, or so many milliseconds have gone. */
    const rest = (work: Work, ms: number | null) =>
      new Promise<void>((resolve) => {
        const cancel = ms === null ? () => {} : after(ms, () => work.wake())
        work.wake = () => {
          work.wake = () => {}
          cancel()
          resolve()
        }
      })

    function settle(work: Work, stored: StoredFile): void {
      if (stored.status === 'refused') {
        change(work.id, {
          status: 'refused',
          speed: null,
          problem: { kind: 'not-as-said', sentence: stored.problem ?? '' },
        })
        work.wanted = 'paused'
        return
      }
      drop(work.id)
      set({ arrived: stored.name })
      arrived(stored)
    }

    function stop(work: Work, problem: UploadProblem): void {
      work.wanted = 'paused'
      work.offset = null
      change(work.id, { status: 'failed', speed: null, problem, fileId: work.fileId })
    }

    /** Should the server never hear of it, it gives the upload up by itself. */
    function discard(fileId: string | null): void {
      if (fileId === null) return
      unwanted.add(fileId)
      void client.call('deleteFile', { params: { fileId } }).then((deleted) => {
        if (deleted.ok) unwanted.delete(fileId)
      })
    }

    return {
      uploads: [],
      arrived: null,

      add(files, folders = []) {
        for (const name of folders) enter({ name, size: 0 }, 'refused', { kind: 'folder' })
        for (const file of files) {
          const problem = problemBefore(file)
          if (problem) {
            enter(file, 'refused', problem)
            continue
          }
          const known = new Set([...works.values()].map(({ fileId }) => fileId))
          // Twice the same file by a slip of the hand is one.
          if ([...works.values()].some((work) => work.wanted === 'on' && isOneFile(work.file, file))) continue
          take(file, unfinished().find((stored) => !known.has(stored.id) && isSameFile(stored, file)) ?? null)
        }
        begin()
      },

      goOn(stored, file) {
        if (!isSameFile(stored, file)) return false
        take(file, stored)
        begin()
        return true
      },

      pause(id) {
        const work = works.get(id)
        if (!work || work.wanted !== 'on') return
        work.wanted = 'paused'
        change(id, { status: 'paused', speed: null, problem: null })
        work.wake()
        begin()
      },

      resume(id) {
        const work = works.get(id)
        if (!work || work.wanted !== 'paused') return
        work.wanted = 'on'
        work.speed = createSpeed()
        change(id, { status: work.running ? 'sending' : 'waiting', problem: null })
        begin()
      },

      remove(id) {
        const work = works.get(id)
        drop(id)
        if (!work) return
        work.wanted = 'gone'
        // What is under way is still to arrive; it is taken away after that.
        if (work.running) work.wake()
        else discard(work.fileId)
      },

      setReachable(is) {
        if (is === reachable) return
        reachable = is
        if (!is) return
        for (const fileId of unwanted) discard(fileId)
        for (const work of works.values()) work.wake()
        begin()
      },

      forget() {
        for (const work of works.values()) {
          work.wanted = 'left'
          work.wake()
        }
        works.clear()
        unwanted.clear()
        set({ uploads: [], arrived: null })
      },
    }
  })
}

const isPaused = ({ wanted }: Work) => wanted === 'paused'
const isOver = ({ wanted }: Work) => wanted === 'gone' || wanted === 'left'

/** As near to `PART_MS` as the line allows, so that a slow one moves too and a cut one repeats little. */
function partSize({ file, speed }: Work): number {
  const smallest = Math.max(SMALLEST_PART, Math.ceil(file.size / MOST_PARTS))
  return Math.min(MAX_PAGE_PART_BYTES, Math.max(smallest, Math.round(((speed.now() ?? 0) * PART_MS) / 1000)))
}

/** @returns null when it changed, went, or cannot be read */
async function read(file: File, offset: number, size: number): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    const bytes = new Uint8Array(await file.slice(offset, offset + size).arrayBuffer())
    return bytes.byteLength === 0 ? null : bytes
  } catch {
    return null
  }
}

const isOneFile = (one: File, other: File) =>
  one.name === other.name && one.size === other.size && one.lastModified === other.lastModified
