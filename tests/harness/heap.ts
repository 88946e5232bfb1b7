/** Looks for secrets in the memory of a page's JavaScript. */
import { randomUUID } from 'node:crypto'
import type { Page } from '@playwright/test'
import { partsOf } from './secrets-search.ts'

const SHOWN = 8

/**
 * Takes a V8 heap snapshot of the page and looks for secrets in it. A mark is planted in the page first and has to
 * be found too, so that an empty snapshot is not taken for a clean one. (V8 writes the first 1,024 characters of a
 * string into a snapshot.)
 *
 * @returns how each secret starts that was found; empty is good
 * @throws Error when there is nothing to look for, or when the snapshot does not show the mark
 */
export async function searchHeap(page: Page, secrets: Iterable<string>): Promise<readonly string[]> {
  const wanted = [...secrets]
  if (wanted.length === 0) throw new Error('There are no secrets to look for.')
  const mark = randomUUID()
  await page.evaluate((text) => Object.assign(globalThis, { lecternHeapMark: { text } }), mark)
  const devtools = await page.context().newCDPSession(page)
  try {
    const chunks: string[] = []
    devtools.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => chunks.push(chunk))
    await devtools.send('HeapProfiler.enable')
    await devtools.send('HeapProfiler.collectGarbage')
    await devtools.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false })
    const snapshot = chunks.join('')
    if (!snapshot.includes(mark)) throw new Error('The heap snapshot does not show what the page holds.')
    return wanted
      .filter((secret) => partsOf(secret).some((part) => snapshot.includes(part)))
      .map((secret) => `${secret.slice(0, SHOWN)}…`)
  } finally {
    await page.evaluate(() => Reflect.deleteProperty(globalThis, 'lecternHeapMark'))
    await devtools.detach()
  }
}
