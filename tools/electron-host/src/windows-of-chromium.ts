/** Connects what happens in Chromium with the windows of the app. */
import { preventable } from './api/events.ts'
import { ownerOf, WebContents } from './api/web-contents.ts'
import { interceptRequests } from './chromium/interception.ts'
import type { DevTools } from './chromium/devtools.ts'
import { fromStandIn } from './custom-schemes.ts'

const CRASHES: Readonly<Record<string, string>> = {
  crashed: 'crashed',
  killed: 'killed',
  'abnormal exit': 'abnormal-exit',
  'oom killed': 'oom',
  oom: 'oom',
}

/** Asks the app about a navigation the page began, and about redirects of any. */
function mayNavigate(contents: WebContents, url: string, isRedirect: boolean): boolean {
  if (!isRedirect && ownerOf(contents).isDriven()) return true
  const event = Object.assign(preventable(), {
    url,
    isSameDocument: false,
    isMainFrame: true,
    frame: contents.mainFrame,
    initiator: contents.mainFrame,
  })
  contents.emit(isRedirect ? 'will-redirect' : 'will-navigate', event, url, false, true, 1, 1)
  return !event.defaultPrevented
}

export async function connectWindows(devtools: DevTools): Promise<void> {
  const find = (targetId: string) => WebContents.fromDevToolsTargetId(targetId)
  /** Pages that opened themselves although the scripts in pages do all to prevent it, by their opener. */
  const strangers = new Set<string>()

  devtools.on('Target.targetCreated', ({ targetInfo }) => {
    const { type, targetId, openerId } = targetInfo
    if (type !== 'page' || openerId === undefined || find(targetId)) return
    strangers.add(targetId)
    const opener = find(openerId)
    if (opener) ownerOf(opener).openWindow(fromStandIn(targetInfo.url), '', '')
    devtools.send('Target.closeTarget', { targetId }).catch(() => {})
  })
  devtools.on('Target.targetCrashed', ({ targetId, status }) => {
    const contents = find(targetId)
    if (contents) ownerOf(contents).crashed(CRASHES[status] ?? 'crashed')
  })
  devtools.on('Target.targetDestroyed', ({ targetId }) => {
    strangers.delete(targetId)
    const contents = find(targetId)
    if (contents) ownerOf(contents).gone()
  })

  await interceptRequests(devtools, (frameId, url, isRedirect) => {
    if (strangers.has(frameId)) return false
    // A top frame has the id of its target; frames inside are the page's own business.
    const contents = find(frameId)
    return contents ? mayNavigate(contents, url, isRedirect) : true
  })
  await devtools.send('Target.setDiscoverTargets', { discover: true })
}
