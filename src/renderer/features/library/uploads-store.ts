/** Files on their way to the server. They go on whatever page is on screen, and find their way back after an outage. */
import { createStore, type StoreApi } from 'zustand'
import type { StoredFile } from '../../../contract/library.ts'
import type { FailureCode } from '../../../contract/model.ts'
import type { SessionClient } from '../../session-client.ts'
import { createSpeed } from './speed.ts'
import { advance, newTransfer, type Transfer } from './upload-transfer.ts'
import {
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
  'library-full',
  'too-large',
  'rate-limited',
]

interface Work {
  /** Of its line in the list. */
  readonly id: string
  readonly transfer: Transfer
  /** `left`: as `gone`, and what has arrived stays where it is. */
  wanted: 'on' | 'paused' | 'gone' | 'left'
  /** There is one at most, so no byte is ever on its way twice. */
  running: boolean
  /** Ends a rest. */
  wake(): void
}

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
      const transfer = newTransfer(file, stored?.id ?? null)
      works.set(id, { id, transfer, wanted: 'on', running: false, wake() {} })
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
      if (work.wanted === 'gone') discard(work.transfer.fileId)
      begin()
    }

    async function send(work: Work): Promise<void> {
      const { id, transfer } = work
      let failures = 0
      let conflicts = 0
      while (work.wanted === 'on') {
        if (!reachable) {
          change(id, { status: 'interrupted', speed: null, problem: null })
          await rest(work, null)
          continue
        }
        change(id, { status: 'sending', speed: transfer.speed.now(), problem: null })
        const before = transfer.offset
        const step = await advance(transfer, { client, now, isWanted: () => work.wanted === 'on' })
        if (isOver(work)) return
        if (step.kind === 'on') {
          failures = 0
          const { fileId, offset, file } = transfer
          if (offset !== null) change(id, { fileId, sent: Math.min(offset, file.size) })
          if (offset !== null && before !== null && offset > before) conflicts = 0
          continue
        }
        if (step.kind === 'whole') return settle(work, step.stored)
        if (step.kind === 'unreadable') return stop(work, { kind: 'unreadable' })

        const { failure } = step
        // Whatever arrived of it counts.
        transfer.offset = null
        transfer.speed = createSpeed()
        if (failure.code === 'conflict' && transfer.fileId !== null && conflicts < MOST_CONFLICTS) {
          conflicts += 1
          continue
        }
        if (failure.code === 'not-found') {
          transfer.fileId = null
          return stop(work, { kind: 'forgotten' })
        }
        if (LASTING.includes(failure.code) && !failure.retryable) {
          return stop(work, { kind: 'failure', failure })
        }
        if (isPaused(work)) return
        change(id, {
          status: 'interrupted',
          speed: null,
          problem: reachable ? { kind: 'failure', failure } : null,
        })
        const wait = RETRY_AFTER[Math.min(failures, RETRY_AFTER.length - 1)] ?? 0
        failures += 1
        await rest(work, Math.max(wait, failure.retryAfterMs ?? 0))
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
      work.transfer.offset = null
      change(work.id, { status: 'failed', speed: null, problem, fileId: work.transfer.fileId })
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
          const known = new Set([...works.values()].map(({ transfer }) => transfer.fileId))
          // Twice the same file by a slip of the hand is one.
          if ([...works.values()].some((work) => work.wanted === 'on' && isOneFile(work.transfer.file, file)))
            continue
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
        work.transfer.speed = createSpeed()
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
        else discard(work.transfer.fileId)
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

const isOneFile = (one: File, other: File) =>
  one.name === other.name && one.size === other.size && one.lastModified === other.lastModified
