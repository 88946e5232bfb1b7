import { readFile } from 'node:fs/promises'
import { extname, join, relative } from 'node:path'
import { Readable } from 'node:stream'
import { APP_ORIGIN } from '../contract/ipc.ts'
import type { FailureCode } from '../contract/model.ts'
import type { Session } from '../core/session.ts'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
}

/**
 * Pages get everything through the preload's bridge, so they may connect to nothing at all. Styles can be set by
 * script (the CSSOM) but not be written into the page.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' data:",
  "media-src 'self'",
  "connect-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

const headers = {
  'content-security-policy': policy,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy':
    'camera=(), microphone=(), geolocation=(), display-capture=(), usb=(), serial=(), hid=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-cache',
}

export const APP_SCHEME = new URL(APP_ORIGIN).protocol.slice(0, -1)

type Download = Session['download']

/** Answers `app://lectern/…` with the files of one folder and the recordings of whoever is signed in, and nothing else. */
export function serveApp(folder: string, download: Download): (request: Request) => Promise<Response> {
  return async (request) => {
    if (request.method !== 'GET') return refuse(405)
    const url = new URL(request.url)
    if (`${url.protocol}//${url.host}` !== APP_ORIGIN) return refuse(404)
    const path = pathOf(url.pathname)
    if (path === null) return refuse(404)
    const fileId = MEDIA.exec(path)?.[1]
    if (fileId !== undefined) return playRecording(download, fileId, request)
    const type = types[extname(path)]
    const file = join(folder, path)
    if (type === undefined || relative(folder, file).startsWith('..')) return refuse(404)
    try {
      return new Response(await readFile(file), { headers: { ...headers, 'content-type': type } })
    } catch {
      return refuse(404)
    }
  }
}

const refuse = (status: number) => new Response(null, { status, headers })

const MEDIA = /^\/media\/([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})$/
/** Of a recording; whatever else the server says stays here. */
const PASSED_ON = ['content-type', 'content-length', 'content-range', 'accept-ranges', 'etag']
const statusOf: Partial<Readonly<Record<FailureCode, number>>> = {
  'not-found': 404,
  forbidden: 403,
  conflict: 404,
  unauthenticated: 401,
  'session-ended': 401,
}

/**
 * A media element can neither send a token nor speak to a bridge. So it asks here, in ranges as it likes, and main asks
 * the server: no address of a file that a page knows is worth anything outside of this app.
 */
async function playRecording(download: Download, fileId: string, request: Request): Promise<Response> {
  const range = request.headers.get('range')
  const answer = await download({
    endpoint: 'fileContent',
    params: { fileId },
    ...(range === null ? {} : { range }),
    signal: request.signal,
  })
  if (!answer.ok) return refuse(statusOf[answer.failure.code] ?? 503)
  const { status, headers: said, body } = answer.value
  // Else a page could be made of what somebody has uploaded.
  if (!said['content-type']?.startsWith('audio/')) {
    await body[Symbol.asyncIterator]().return?.()
    return refuse(404)
  }
  const passedOn = PASSED_ON.flatMap((name) =>
    said[name] === undefined ? [] : [[name, said[name]] as const],
  )
  return new Response(Readable.toWeb(Readable.from(body, { objectMode: false })) as ReadableStream, {
    status,
    headers: { ...headers, ...Object.fromEntries(passedOn), 'cache-control': 'no-store' },
  })
}

/** @returns null for what no address of ours looks like */
function pathOf(pathname: string): string | null {
  try {
    const path = decodeURIComponent(pathname)
    if (/[\\\0:]/.test(path)) return null
    return path === '/' ? '/index.html' : path
  } catch {
    return null
  }
}
