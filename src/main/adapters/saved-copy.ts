import { randomBytes } from 'node:crypto'
import { open, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fail, succeed, type Result } from '../../contract/model.ts'
import { replace } from './files.ts'

/**
 * Writes bytes to where a person wants them, whole or not at all: to a file beside it first, which then takes its
 * place. What stood there before stays as it is until then, and when anything fails.
 *
 * @param size bytes there must be in the end; null when nobody knows
 * @throws whatever reading `bytes` throws, with nothing left behind
 */
export async function saveCopy(
  path: string,
  bytes: AsyncIterable<Uint8Array>,
  size: number | null = null,
): Promise<Result<void>> {
  const beside = join(dirname(path), `.${basename(path).slice(0, 40)}.${randomBytes(4).toString('hex')}.part`)
  let written = 0
  let reading = false
  try {
    const handle = await open(beside, 'wx')
    try {
      reading = true
      for await (const piece of bytes) {
        reading = false
        await handle.writeFile(piece)
        written += piece.byteLength
        reading = true
      }
      reading = false
      if (size !== null && written !== size) {
        throw new Error(`${written} of ${size} bytes came`)
      }
      await handle.sync()
    } finally {
      await handle.close()
    }
    await replace(beside, path)
    return succeed(undefined)
  } catch (error) {
    await rm(beside, { force: true }).catch(() => {})
    if (reading) throw error
    return notSaved(error)
  }
}

const sentences: Readonly<Record<string, string>> = {
  ENOSPC: 'There is not enough room there for this file. Nothing was saved.',
  EACCES: 'That folder cannot be written to. Choose another one.',
  EPERM: 'That folder cannot be written to. Choose another one.',
  EROFS: 'That folder cannot be written to. Choose another one.',
  ENOENT: 'That folder is not there any more. Choose another one.',
}

function notSaved(error: unknown) {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown'
  return fail('storage-failed', sentences[code] ?? 'The file could not be saved. Please try again.', {
    cause: code,
  })
}
