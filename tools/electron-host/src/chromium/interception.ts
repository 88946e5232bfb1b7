/** Requests Chromium holds until the host has answered: pages to be loaded, and everything of a custom scheme. */
import type { Protocol } from 'devtools-protocol'
import { protocolHandlerOf } from '../api/protocol.ts'
import { fromStandIn, policyToStandIn, STAND_IN_PATTERN, toStandIn } from '../custom-schemes.ts'
import { DevToolsError, type DevTools } from './devtools.ts'

type Paused = Protocol.Fetch.requestPausedPayload

const POLICIES = new Set(['content-security-policy', 'content-security-policy-report-only'])
const ADDRESSES = new Set(['location', 'content-location', 'link', 'access-control-allow-origin'])
const NO_BODY = new Set(['GET', 'HEAD'])

export interface Gate {
  /** @returns whether this document may be loaded into this frame. */
  (frameId: string, url: string, isRedirect: boolean): boolean
}

function toRequest({ request }: Paused): Request {
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers)) headers.append(name, fromStandIn(value))
  const body = request.postDataEntries?.map((entry) => Buffer.from(entry.bytes ?? '', 'base64')) ?? []
  return new Request(fromStandIn(request.url), {
    method: request.method,
    headers,
    ...(NO_BODY.has(request.method) ? {} : { body: Buffer.concat(body) }),
  })
}

function toHeader([name, value]: [string, string]): { name: string; value: string } {
  if (POLICIES.has(name)) return { name, value: policyToStandIn(value) }
  return { name, value: ADDRESSES.has(name) ? toStandIn(value) : value }
}

/** @returns null for an answer that is a network error. */
async function answer(paused: Paused): Promise<Response | null> {
  const handler = protocolHandlerOf(fromStandIn(paused.request.url))
  if (!handler) return null
  try {
    const response = await handler(toRequest(paused))
    if (response instanceof Response) return response.type === 'error' ? null : response
    console.error('electron-host: a protocol handler gave no Response')
  } catch (error) {
    console.error(error)
  }
  return null
}

export async function interceptRequests(devtools: DevTools, gate: Gate): Promise<void> {
  async function decide(paused: Paused): Promise<void> {
    const { requestId, request, resourceType, frameId, redirectedRequestId } = paused
    const url = fromStandIn(request.url)
    if (resourceType === 'Document' && !gate(frameId, url, redirectedRequestId !== undefined)) {
      await devtools.send('Fetch.failRequest', { requestId, errorReason: 'Aborted' })
      return
    }
    if (url === request.url) {
      await devtools.send('Fetch.continueRequest', { requestId })
      return
    }
    if (resourceType === 'Other' && new URL(url).pathname === '/favicon.ico') {
      // Chromium's tab bar wants it; Electron has none and asks for none.
      await devtools.send('Fetch.fulfillRequest', { requestId, responseCode: 204 })
      return
    }
    const response = await answer(paused)
    if (!response) {
      await devtools.send('Fetch.failRequest', { requestId, errorReason: 'Failed' })
      return
    }
    await devtools.send('Fetch.fulfillRequest', {
      requestId,
      responseCode: response.status,
      ...(response.statusText && { responsePhrase: response.statusText }),
      responseHeaders: [...response.headers].map(toHeader),
      body: Buffer.from(await response.arrayBuffer()).toString('base64'),
    })
  }

  devtools.on('Fetch.requestPaused', (paused) => {
    decide(paused).catch((error: unknown) => {
      // A page that is gone meanwhile needs no answer.
      if (!(error instanceof DevToolsError)) console.error(error)
    })
  })
  // At the browser, not at each page: so that workers, and windows just being opened, are included.
  await devtools.send('Fetch.enable', {
    patterns: [
      { urlPattern: '*', resourceType: 'Document', requestStage: 'Request' },
      { urlPattern: STAND_IN_PATTERN, requestStage: 'Request' },
    ],
  })
}
