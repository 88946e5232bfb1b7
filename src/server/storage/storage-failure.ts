/**
 * `storage-unreachable`: nobody answered, or only "not now"; it may pass. `storage-denied`: not with these rights.
 * `storage-full`: nothing more fits. `storage-failed`: anything else, such as a bucket that is gone or a broken disk.
 */
export type StorageFailureCode = 'storage-unreachable' | 'storage-denied' | 'storage-full' | 'storage-failed'

/** What became of an object is not known to be good. The message is for the log and holds no address and no key. */
export class StorageFailure extends Error {
  readonly code: StorageFailureCode
  /** What the other side called it: `ENOSPC` of a disk, `SlowDown` of S3, `ECONNREFUSED` of the network. */
  readonly said: string | null

  /** @param message a sentence without its full stop */
  constructor(code: StorageFailureCode, message: string, said: string | null, options?: ErrorOptions) {
    super(said === null ? `${message}.` : `${message} (${said}).`, options)
    this.name = 'StorageFailure'
    this.code = code
    this.said = said
  }
}

/** EFBIG: larger than this file system, or this process, may make a file. */
const FULL = ['ENOSPC', 'EDQUOT', 'EFBIG']
const DENIED = ['EACCES', 'EPERM', 'EROFS']

/** Translates what Node's file system threw. */
export function diskFailure(error: unknown): StorageFailure {
  if (error instanceof StorageFailure) return error
  const said = (error as NodeJS.ErrnoException).code ?? null
  const options = { cause: error }
  if (said !== null && FULL.includes(said))
    return new StorageFailure('storage-full', 'The disk is full', said, options)
  if (said !== null && DENIED.includes(said))
    return new StorageFailure('storage-denied', 'The disk refused access', said, options)
  return new StorageFailure('storage-failed', 'The disk failed', said, options)
}
