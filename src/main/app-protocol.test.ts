import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fail, succeed } from '../contract/model.ts'
import type { DownloadRequest, Session } from '../core/session.ts'
import { serveApp } from './app-protocol.ts'

const recording = '0b2f6d0e-7a3c-4d57-9f0e-0c1f2a3b4c5d'
const sheet = '1b2f6d0e-7a3c-4d57-9f0e-0c1f2a3b4c5d'
const asked: DownloadRequest[] = []
let closed = 0

/** A server with a recording and a table. */
const download: Session['download'] = async (request) => {
  asked.push(request)
  const { fileId } = request.params
  if (fileId !== recording && fileId !== sheet) return fail('not-found', 'There is no such file.')
  async function* body() {
    try {
      yield new TextEncoder().encode('soun')
      yield new TextEncoder().encode('d')
    } finally {
      closed += 1
    }
  }
  return succeed({
    status: request.range === undefined ? 200 : 206,
    headers: {
      'content-type': fileId === recording ? 'audio/wav' : 'text/csv',
      'content-length': '5',
      'accept-ranges': 'bytes',
      'content-disposition': 'attachment',
      'lectern-boot-id': 'not for a page',
      ...(request.range === undefined ? {} : { 'content-range': 'bytes 2-6/9' }),
    },
    body: body(),
  })
}

let place: string
let serve: (request: Request) => Promise<Response>
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'lectern-app-'))
  await mkdir(join(place, 'renderer', 'assets'), { recursive: true })
  await writeFile(join(place, 'renderer', 'index.html'), '<!doctype html>')
  await writeFile(join(place, 'renderer', 'assets', 'main.js'), 'start()')
  await writeFile(join(place, 'renderer', 'assets', 'notes.txt'), 'not an asset')
  await writeFile(join(place, 'secret.json'), '{"secret":true}')
  serve = serveApp(join(place, 'renderer'), download)
})
afterAll(() => rm(place, { recursive: true }))

const get = (url: string, init?: RequestInit) => serve(new Request(url, init))

describe('a page of Lectern', () => {
  it('is found with its assets, each with its type', async () => {
    const page = await get('app://lectern/?window=room&session=1')
    expect(page.status).toBe(200)
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(await page.text()).toBe('<!doctype html>')
    const script = await get('app://lectern/assets/main.js')
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(await script.text()).toBe('start()')
  })

  it('may run our scripts, and connect to nothing', async () => {
    const policy = (await get('app://lectern/')).headers.get('content-security-policy') ?? ''
    const rules = policy.split('; ')
    expect(rules).toContain("default-src 'none'")
    expect(rules).toContain("script-src 'self'")
    expect(rules).toContain("connect-src 'none'")
    expect(policy).not.toContain('unsafe')
  })
})

describe('a recording', () => {
  it('is played in the ranges a media element asks for', async () => {
    const part = await get(`app://lectern/media/${recording}`, { headers: { range: 'bytes=2-6' } })
    expect(asked.at(-1)).toMatchObject({
      endpoint: 'fileContent',
      params: { fileId: recording },
      range: 'bytes=2-6',
    })
    expect(part.status).toBe(206)
    expect(Object.fromEntries(part.headers)).toMatchObject({
      'content-type': 'audio/wav',
      'content-length': '5',
      'content-range': 'bytes 2-6/9',
      'accept-ranges': 'bytes',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    expect(await part.text()).toBe('sound')
  })

  it('tells a page nothing else of what the server said', async () => {
    const whole = await get(`app://lectern/media/${recording}`)
    expect(whole.status).toBe(200)
    expect([...whole.headers.keys()]).not.toContain('lectern-boot-id')
    expect([...whole.headers.keys()]).not.toContain('content-disposition')
    await whole.body?.cancel()
  })

  it('is read no further than somebody listens', async () => {
    const before = closed
    const whole = await get(`app://lectern/media/${recording}`)
    const reader = whole.body?.getReader()
    await reader?.read()
    await reader?.cancel()
    await expect.poll(() => closed).toBe(before + 1)
  })

  it('is nothing but sound: no page is made of what somebody uploaded', async () => {
    expect((await get(`app://lectern/media/${sheet}`)).status).toBe(404)
  })

  it('is not there when the server has none or nobody may have it', async () => {
    const other = recording.replace('0b', '2b')
    expect((await get(`app://lectern/media/${other}`)).status).toBe(404)
    const locked = serveApp(place, async () => fail('session-ended', 'Nobody is signed in.'))
    expect((await locked(new Request(`app://lectern/media/${recording}`))).status).toBe(401)
    const away = serveApp(place, async () => fail('offline', 'The server cannot be reached.'))
    expect((await away(new Request(`app://lectern/media/${recording}`))).status).toBe(503)
  })
})

describe('anything else', () => {
  it.each([
    'app://lectern/../secret.json',
    'app://lectern/%2e%2e/secret.json',
    'app://lectern/..%2fsecret.json',
    'app://lectern/assets/..%2f..%2fsecret.json',
    'app://lectern/..%5csecret.json',
    'app://lectern//secret.json',
    'app://lectern/index.html%00.js',
    'app://lectern/%E0%A4%A',
    'app://lectern/assets/notes.txt',
    'app://lectern/assets',
    'app://elsewhere/index.html',
    'app://lectern:80/index.html',
    'app://lectern/media/',
    'app://lectern/media/0b2f6d0e-7a3c-4d57-9f0e-0c1f2a3b4c5d/../../credits',
  ])('such as %s is not there', async (url) => {
    const answer = await get(url)
    expect(answer.status).toBe(404)
    expect(await answer.text()).toBe('')
  })

  it.each(['POST', 'PUT', 'DELETE', 'HEAD'])('cannot be done with %s', async (method) => {
    expect((await get('app://lectern/', { method })).status).toBe(405)
  })
})
