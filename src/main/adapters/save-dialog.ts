import { BrowserWindow, dialog, type SaveDialogOptions, type WebContents } from 'electron'

const asking = new WeakSet<WebContents>()

/**
 * Asks the person at a window where to save something.
 *
 * @returns null when they decided otherwise, and while the same window asks already: a page must not cover the screen
 *   with dialogs
 */
export async function askForPlace(contents: WebContents, options: SaveDialogOptions): Promise<string | null> {
  const window = BrowserWindow.fromWebContents(contents)
  if (!window || asking.has(contents)) return null
  asking.add(contents)
  try {
    const { canceled, filePath } = await dialog.showSaveDialog(window, options)
    return canceled || filePath === '' ? null : filePath
  } finally {
    asking.delete(contents)
  }
}
