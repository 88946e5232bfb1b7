import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { serveApp } from './app-protocol.ts'

let place: string
let serve: (request: Request) => Promise<Response>
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'lectern-app-'))
  await mkdir(join(place, 'renderer', 'assets'), { recursive: true })
  await writeFile(join(place, 'renderer', 'index.html'), '<!doctype html>')
  await writeFile(join(place, 'renderer', 'assets', 'main.js'), 'start()')
  await writeFile(join(place, 'renderer', 'assets', 'notes.txt'), 'not an asset')
  await writeFile(join(place, 'secret.json'), '{"secret":true}')
  serve = serveApp(join(place, 'renderer'))
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
  ])('such as %s is not there', async (url) => {
    const answer = await get(url)
    expect(answer.status).toBe(404)
    expect(await answer.text()).toBe('')
  })

  it.each(['POST', 'PUT', 'DELETE', 'HEAD'])('cannot be done with %s', async (method) => {
    expect((await get('app://lectern/', { method })).status).toBe(405)
  })
})
