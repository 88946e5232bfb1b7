import { join } from 'node:path'
import { app } from 'electron'
import type { ChannelRequest } from '../../contract/ipc.ts'
import { fail, succeed } from '../../contract/model.ts'
import type { DownloadRequest, Session } from '../../core/session.ts'
import { askForPlace } from '../adapters/save-dialog.ts'
import { saveCopy } from '../adapters/saved-copy.ts'
import { safeFileName } from '../file-name.ts'
import type { Handlers } from '../ipc.ts'
import { fetchWhole } from '../whole-download.ts'

export interface FileHandlersOptions {
  readonly session: Session
}

type FileChannel = Extract<keyof Handlers, `upload:${string}` | `file:${string}`>

/** What a person takes out of Lectern, and what they put into the library. */
export const fileHandlers = ({ session }: FileHandlersOptions): Pick<Handlers, FileChannel> => ({
  'upload:part': ({ fileId, offset, bytes }) => session.sendPart(fileId, offset, bytes),
  'upload:offset': ({ fileId }) => session.uploadOffset(fileId),

  async 'file:save'(wanted, window) {
    const defaultPath = join(app.getPath('downloads'), safeFileName(wanted.name))
    const savedAs = await askForPlace(window, { defaultPath })
    if (savedAs === null) return succeed({ savedAs })
    const over = new AbortController()
    const whole = await fetchWhole(session.download, { ...downloadOf(wanted), signal: over.signal })
    if (!whole.ok) return whole
    try {
      const saved = await saveCopy(savedAs, whole.value.bytes, whole.value.size)
      return saved.ok ? succeed({ savedAs }) : saved
    } catch {
      return fail('offline', 'The connection broke off before the file was here. Nothing was saved.', {
        retryable: true,
      })
    } finally {
      // What is not read to its end would stay open.
      over.abort()
    }
  },
})

const downloadOf = (wanted: ChannelRequest<'file:save'>): DownloadRequest =>
  wanted.what === 'file'
    ? { endpoint: 'fileContent', params: { fileId: wanted.fileId } }
    : { endpoint: 'attendanceCsv', params: { sessionId: wanted.sessionId } }
