import { expect, it } from 'vitest'
import { fail, succeed } from '../contract/model.ts'
import type { DownloadRequest, Session } from '../core/session.ts'
import { fetchWhole } from './whole-download.ts'

const content = 'the whole of a file'

/** A server whose connections are cut after so many bytes each; null: never, 'refuse': it gives no answer. */
function startServer(cuts: readonly (number | null | 'refuse')[], resumable = true) {
  const asked: (string | undefined)[] = []
  const download: Session['download'] = async ({ range }: DownloadRequest) => {
    const cut = cuts[asked.length] ?? null
    asked.push(range)
    if (cut === 'refuse') return fail('offline', 'The server cannot be reached.', { retryable: true })
    const length = cut ?? undefined
    const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0)
    const bytes = new TextEncoder().encode(content).subarray(start)
    async function* body() {
      yield bytes.subarray(0, length)
      if (length !== undefined) throw new Error('cut')
    }
    return succeed({
      status: range === undefined ? 200 : 206,
      headers: { 'content-length': String(bytes.length), ...(resumable ? { 'accept-ranges': 'bytes' } : {}) },
      body: body(),
    })
  }
  return { download, asked }
}

async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  let text = ''
  for await (const piece of bytes) text += new TextDecoder().decode(piece)
  return text
}

const file: DownloadRequest = { endpoint: 'fileContent', params: { fileId: '1' } }

it('a download that is cut goes on where it stopped', async () => {
  const { download, asked } = startServer([4, 5, null])
  const whole = await fetchWhole(download, file)
  if (!whole.ok) throw new Error(whole.failure.message)
  expect(whole.value.size).toBe(content.length)
  expect(await textOf(whole.value.bytes)).toBe(content)
  expect(asked).toEqual([undefined, 'bytes=4-', 'bytes=9-'])
})

it.each([
  ['a connection brings nothing', startServer([4, 0, null])],
  ['the server is gone', startServer([4, 'refuse'])],
  ['the server can give no part of it', startServer([4, null], false)],
])('it ends when %s', async (_when, { download }) => {
  const whole = await fetchWhole(download, file)
  if (!whole.ok) throw new Error(whole.failure.message)
  await expect(textOf(whole.value.bytes)).rejects.toThrow('cut')
})

it('what the server refuses is a failure and no file', async () => {
  const { download } = startServer(['refuse'])
  expect(await fetchWhole(download, file)).toMatchObject({ ok: false, failure: { code: 'offline' } })
})
