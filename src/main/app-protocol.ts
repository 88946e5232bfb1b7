import { readFile } from 'node:fs/promises'
import { extname, join, relative } from 'node:path'
import { APP_ORIGIN } from '../contract/ipc.ts'

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

/** Answers `app://lectern/…` with the files of one folder, and nothing outside it. */
export function serveApp(folder: string): (request: Request) => Promise<Response> {
  const refuse = (status: number) => new Response(null, { status, headers })

  return async (request) => {
    if (request.method !== 'GET') return refuse(405)
    const url = new URL(request.url)
    if (`${url.protocol}//${url.host}` !== APP_ORIGIN) return refuse(404)
    const path = pathOf(url.pathname)
    const type = path === null ? undefined : types[extname(path)]
    if (path === null || type === undefined) return refuse(404)
    const file = join(folder, path)
    if (relative(folder, file).startsWith('..')) return refuse(404)
    try {
      return new Response(await readFile(file), { headers: { ...headers, 'content-type': type } })
    } catch {
      return refuse(404)
    }
  }
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
