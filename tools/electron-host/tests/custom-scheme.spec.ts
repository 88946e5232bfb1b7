import { expect, readyWindow, test } from './launch.ts'

test('a page of a custom scheme has its address, its origin and a secure context', async ({ window }) => {
  expect(window.url()).toBe('app://fixture/index.html')
  expect(await window.evaluate(() => ({ secure: isSecureContext, origin, base: document.baseURI }))).toEqual({
    secure: true,
    origin: 'app://fixture',
    base: 'app://fixture/index.html',
  })
})

test('the content security policy of the response is enforced', async ({ app, window }) => {
  // The page has an inline script that would change the title.
  expect(await window.title()).toBe('Fixture page')
  const fetched = (address: string) =>
    window.evaluate(
      (url) =>
        fetch(url).then(
          (response) => response.status,
          () => 'blocked',
        ),
      address,
    )
  expect(await fetched('/echo')).toBe(200)
  expect(await fetched('https://example.test/')).toBe('blocked')
  expect(
    await app.evaluate(({ net }) => net.fetch('app://fixture/nowhere').then(({ status }) => status)),
  ).toBe(404)
})

test('a handler gets method, headers and body, and its status and headers reach the page', async ({
  window,
}) => {
  expect(
    await window.evaluate(async () => {
      const posted = await fetch('/echo?x=1', { method: 'POST', body: 'grüße', headers: { 'x-test': 'yes' } })
      const missing = await fetch('/nowhere')
      const page = await fetch('/page.js')
      return {
        posted: await posted.json(),
        missing: [missing.status, await missing.text()],
        host: page.headers.get('x-host'),
      }
    }),
  ).toEqual({
    posted: { method: 'POST', url: 'app://fixture/echo?x=1', body: 'grüße', header: 'yes' },
    missing: [404, 'There is no such page.'],
    host: 'fixture',
  })
})

test('workers load from the scheme and fetch from it', async ({ window }) => {
  const { url } = await window.evaluate(
    () =>
      new Promise<{ url: string }>((resolve, reject) => {
        const worker = new Worker('/worker.js')
        worker.onmessage = ({ data }) => resolve(data as { url: string })
        worker.onerror = () => reject(new Error('no worker'))
      }),
  )
  expect(url).toBe('app://fixture/echo')
})

test('storage is kept apart by host', async ({ window }) => {
  await window.evaluate(() => localStorage.setItem('key', 'of fixture'))
  await window.goto('app://another/other.html')
  expect(await window.evaluate(() => [origin, localStorage.getItem('key')])).toEqual(['app://another', null])
  await window.goto('app://fixture/other.html')
  expect(await window.evaluate(() => localStorage.getItem('key'))).toBe('of fixture')
})

test('loading what is not there is an answer, and what cannot be reached is an error', async ({ app }) => {
  expect(
    await app.evaluate(async ({ BrowserWindow }) => {
      const window = BrowserWindow.getAllWindows()[0] as Electron.BrowserWindow
      const load = (url: string) =>
        window.loadURL(url).then(
          () => 'loaded',
          (error: Error & { code: string }) => [error.code, error.message],
        )
      return [
        await load('app://fixture/nowhere'),
        await load('nothing://x/'),
        await load('http://127.0.0.1:1/'),
      ]
    }),
  ).toEqual([
    'loaded',
    ['ERR_ABORTED', "ERR_ABORTED (-3) loading 'nothing://x/'"],
    ['ERR_UNSAFE_PORT', "ERR_UNSAFE_PORT (-312) loading 'http://127.0.0.1:1/'"],
  ])
})

test('no request but those of the page is made for it', async ({ launch }) => {
  const app = await launch()
  const window = await readyWindow(app)
  const asked = await app.evaluate(async ({ BrowserWindow, protocol }) => {
    const paths: string[] = []
    protocol.unhandle('app')
    protocol.handle('app', (request) => {
      paths.push(new URL(request.url).pathname)
      return new Response('<title>plain</title>', { headers: { 'content-type': 'text/html' } })
    })
    const browserWindow = BrowserWindow.getAllWindows()[0] as Electron.BrowserWindow
    await browserWindow.loadURL('app://plain/page.html')
    await browserWindow.loadURL('app://plain/second.html')
    return paths
  })
  expect(asked).toEqual(['/page.html', '/second.html'])
  await window.waitForURL('app://plain/second.html')
})

test('a media element plays what a handler gives it in ranges, from wherever it is asked to', async ({
  launch,
}) => {
  const app = await launch()
  const window = await readyWindow(app)
  const page = 'app://sound/page.html'
  await app.evaluate(async ({ BrowserWindow, protocol }, address) => {
    // 20 s of silence: 8000 samples a second, 16 bits, one channel.
    const samples = 160_000
    const wav = Buffer.alloc(44 + samples * 2)
    wav.write('RIFF')
    wav.writeUInt32LE(36 + samples * 2, 4)
    wav.write('WAVEfmt ', 8)
    wav.writeUInt32LE(16, 16)
    wav.writeUInt16LE(1, 20)
    wav.writeUInt16LE(1, 22)
    wav.writeUInt32LE(8000, 24)
    wav.writeUInt32LE(16_000, 28)
    wav.writeUInt16LE(2, 32)
    wav.writeUInt16LE(16, 34)
    wav.write('data', 36)
    wav.writeUInt32LE(samples * 2, 40)
    const ranges: (string | null)[] = []
    Object.assign(globalThis, { ranges })
    protocol.unhandle('app')
    protocol.handle('app', (request) => {
      if (request.url === address) {
        const headers = { 'content-type': 'text/html', 'content-security-policy': "media-src 'self'" }
        return new Response('<title>sound</title><audio src="/sound.wav"></audio>', { headers })
      }
      const range = request.headers.get('range')
      ranges.push(range)
      const start = Number(/^bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0)
      const end = Math.min(wav.length, start + 65_536)
      return new Response(wav.subarray(start, end), {
        status: 206,
        headers: {
          'content-type': 'audio/wav',
          'content-length': String(end - start),
          'content-range': `bytes ${start}-${end - 1}/${wav.length}`,
          'accept-ranges': 'bytes',
        },
      })
    })
    await BrowserWindow.getAllWindows()[0]?.loadURL(address)
  }, page)
  await window.waitForURL(page)
  const audio = window.locator('audio')
  await expect.poll(() => audio.evaluate((element: HTMLAudioElement) => element.duration)).toBeCloseTo(20)
  await audio.evaluate((element: HTMLAudioElement) => {
    element.currentTime = 15
    return element.play()
  })
  await expect
    .poll(() => audio.evaluate((element: HTMLAudioElement) => element.currentTime))
    .toBeGreaterThan(15.2)
  const ranges = await app.evaluate(() => (globalThis as unknown as { ranges: string[] }).ranges)
  expect(ranges[0]).toBe('bytes=0-')
  // Somewhere into the second half, and not all that lies before it.
  expect(ranges.some((range) => Number(/^bytes=(\d+)-/.exec(range)?.[1]) > 160_000)).toBe(true)
})
