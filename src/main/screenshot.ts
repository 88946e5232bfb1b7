import { writeFile } from 'node:fs/promises'
import type { WebContents } from 'electron'
import { z } from 'zod'
import { fail, succeed, type Result, type RoomConnection, type RoomState } from '../contract/model.ts'
import type { Session } from '../core/session.ts'
import type { Handlers } from './ipc.ts'
import type { Windows } from './windows.ts'

const DEADLINE_MS = 90_000
const LOOK_MS = 100

export interface ScreenshotOptions {
  readonly session: Session
  readonly windows: Windows
  readonly handlers: Handlers
}

/** Signs in to the demo, opens the live room of its instructor in a window, waits until the room is live, and takes a picture. */
export async function takeScreenshot(file: string, options: ScreenshotOptions): Promise<Result<void>> {
  const { session, windows, handlers } = options
  const main = windows.openMain()

  const signedIn = await handlers['session:sign-in-demo'](undefined, main.webContents)
  if (!signedIn.ok) return signedIn

  const live = await session.call({ endpoint: 'listLiveSessions', query: { status: 'live' } })
  if (!live.ok) return live
  const { items } = live.value
  const { state } = session.state()
  const own = items.find(({ host }) => 'account' in state && host.id === state.account.id)
  const sessionId = (own ?? items[0])?.id
  if (sessionId === undefined) return fail('not-found', 'The demo has no live session now.')

  const connection = followConnection(session, sessionId)
  const opened = await session.openRoom(sessionId)
  if (!opened.ok) return opened
  const room = windows.open('room', sessionId)
  const shown = await until(
    async () => connection(opened.value.state) === 'live' && (await isDrawn(room.webContents)),
  )
  if (!shown) return fail('timeout', 'The room was not live within 90 seconds, so there is no picture.')

  const picture = await room.webContents.capturePage()
  try {
    await writeFile(file, picture.toPNG())
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error)
    return fail('storage-failed', `The picture could not be written to ${file}.`, {
      cause: cause.slice(0, 1000),
    })
  }
  return succeed(undefined)
}

function followConnection(session: Session, sessionId: string): (atFirst: RoomState) => RoomConnection {
  let connection: RoomConnection | null = null
  session.subscribe({
    roomPatch: (change) => {
      if (change.sessionId === sessionId) connection = change.patch.set.connection ?? connection
    },
  })
  return (atFirst) => connection ?? atFirst.connection
}

/** Fonts are there, and the newest state has been through a frame. */
async function isDrawn(contents: WebContents): Promise<boolean> {
  if (contents.isLoading()) return false
  const drawn = await contents.executeJavaScript(
    `document.fonts.ready.then(() => new Promise((resolve) =>
      requestAnimationFrame(() => requestAnimationFrame(() => resolve(document.querySelector('main, h1') !== null)))))`,
  )
  return z.boolean().parse(drawn)
}

async function until(condition: () => Promise<boolean>): Promise<boolean> {
  const giveUp = performance.now() + DEADLINE_MS
  while (performance.now() < giveUp) {
    if (await condition()) return true
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
  return false
}
