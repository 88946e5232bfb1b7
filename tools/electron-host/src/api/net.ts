/**
 * `net` over Node's network stack: neither the system's proxy nor its certificates are asked, and there are no
 * cookies. Errors carry Chromium's names, so that what main makes of them is tested.
 */
import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { complete } from '../unimplemented.ts'
import { chromeVersion, electronVersion } from '../versions.ts'
import { networkErrorOf } from './net-errors.ts'
import { protocolHandlerOf } from './protocol.ts'
import { WebSocket } from './web-socket.ts'

type FetchOptions = RequestInit & { bypassCustomProtocolHandlers?: boolean }

const REDIRECTS = new Set([301, 302, 303, 307, 308])
const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.gif': 'image/gif',
  '.htm': 'text/html',
  '.html': 'text/html',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.map': 'application/json',
  '.mjs': 'text/javascript',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain',
  '.wasm': 'application/wasm',
  '.webp': 'image/webp',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
}

async function readFileUrl(url: string): Promise<Response> {
  const path = fileURLToPath(url.replace(/[?#].*$/s, ''))
  try {
    const type = TYPES[extname(path).toLowerCase()] ?? 'application/octet-stream'
    return new Response(await readFile(path), { headers: { 'content-type': type } })
  } catch (error) {
    throw networkErrorOf(error)
  }
}

async function fetchOverNetwork(request: Request): Promise<Response> {
  if (!request.headers.has('user-agent')) {
    request.headers.set(
      'user-agent',
      `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) ` +
        `Chrome/${chromeVersion() || '0'} Electron/${electronVersion} Safari/537.36`,
    )
  }
  const { redirect, signal } = request
  let response: Response
  try {
    response = await fetch(request, redirect === 'follow' ? {} : { redirect: 'manual' })
  } catch (error) {
    throw signal.aborted ? signal.reason : networkErrorOf(error)
  }
  if (redirect === 'follow' || !REDIRECTS.has(response.status)) return response
  // Electron gives no answer here: lib/common/api/net-client-request.ts.
  await response.body?.cancel()
  throw new Error(
    redirect === 'manual'
      ? 'Redirect was cancelled'
      : "Attempted to redirect, but redirect policy was 'error'",
  )
}

/** @throws Error named as Chromium does, `net::ERR_CONNECTION_REFUSED`; or the reason of an abort. */
async function netFetch(input: string | Request | URL, options?: FetchOptions): Promise<Response> {
  const request = new Request(input, options)
  request.signal.throwIfAborted()
  const { protocol } = new URL(request.url)
  const handler = options?.bypassCustomProtocolHandlers ? undefined : protocolHandlerOf(request.url)
  if (handler) return handler(request)
  if (protocol === 'file:') return readFileUrl(request.url)
  if (protocol !== 'http:' && protocol !== 'https:') throw new Error('net::ERR_UNKNOWN_URL_SCHEME')
  return fetchOverNetwork(request)
}

/** @param isReady whether the app is; in a utility process it always is. */
export function createNet(isReady: () => boolean) {
  return complete('net', {
    async fetch(input: string | Request | URL, options?: FetchOptions): Promise<Response> {
      if (!isReady()) throw new Error('net module can only be used after app is ready')
      return netFetch(input, options)
    },
    /** Always true: a machine for tests often has no network but itself, and the app is to talk to that. */
    isOnline: () => true,
    online: true,
    WebSocket,
  })
}
