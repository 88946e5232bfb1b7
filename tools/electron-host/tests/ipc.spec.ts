import { expect, test, type FixtureIpc } from './launch.ts'

declare const ipc: FixtureIpc

interface Sender {
  readonly id: number
  readonly url: string
  readonly origin: string
  readonly parent: null
}

interface Sent {
  readonly date: Date
  readonly map: Map<number, Set<string>>
  readonly bytes: Uint16Array
  readonly odd: readonly unknown[]
  readonly regexp: RegExp
  readonly error: Error
  readonly dollar: object
  readonly polluted?: boolean
  readonly cycle: { readonly self: unknown }
}

test('what structured clone carries goes to main and back unchanged', async ({ window }) => {
  expect(
    await window.evaluate(async () => {
      const cycle: { self?: unknown } = {}
      cycle.self = cycle
      const [back, nothing] = await ipc.invoke<[Sent, undefined]>(
        'echo',
        {
          date: new Date(5),
          map: new Map([[1, new Set(['a'])]]),
          bytes: new Uint16Array([1, 65535]),
          odd: [NaN, -0, Infinity, 2n ** 70n, undefined, null],
          regexp: /a+/gi,
          error: new RangeError('far'),
          dollar: { $: 'undefined' },
          ['__proto__']: { polluted: true },
          cycle,
        },
        undefined,
      )
      return {
        date: back.date.getTime(),
        map: [...(back.map.get(1) ?? [])],
        bytes: [back.bytes.constructor.name, ...back.bytes],
        odd: back.odd.map((item: unknown) => (Object.is(item, -0) ? '-0' : String(item))),
        regexp: String(back.regexp),
        error: String(back.error),
        dollar: back.dollar,
        proto: [Object.hasOwn(back, '__proto__'), back.polluted ?? null],
        cycle: back.cycle.self === back.cycle,
        nothing: nothing === undefined,
      }
    }),
  ).toEqual({
    date: 5,
    map: ['a'],
    bytes: ['Uint16Array', 1, 65535],
    odd: ['NaN', '-0', 'Infinity', String(2n ** 70n), 'undefined', 'null'],
    regexp: '/a+/gi',
    error: 'Error: far',
    dollar: { $: 'undefined' },
    proto: [true, null],
    cycle: true,
    nothing: true,
  })
})

test('main knows which frame a message came from', async ({ window }) => {
  const before = await window.evaluate(() => ipc.invoke<Sender>('sender'))
  expect(before).toEqual({ id: 1, url: 'app://fixture/index.html', origin: 'app://fixture', parent: null })
  await window.evaluate(() => history.pushState(null, '', '/index.html?x=1#y'))
  await expect
    .poll(async () => (await window.evaluate(() => ipc.invoke<Sender>('sender'))).url)
    .toBe('app://fixture/index.html?x=1#y')
})

test('errors of handlers, missing handlers and values that cannot be sent reject', async ({ window }) => {
  expect(
    await window.evaluate(async () =>
      Promise.all(
        [ipc.invoke('fail'), ipc.invoke('nowhere'), ipc.invokeFunction()].map((promise) =>
          promise.catch((error: Error) => error.message),
        ),
      ),
    ),
  ).toEqual([
    "Error invoking remote method 'fail': RangeError: too far",
    "Error invoking remote method 'nowhere': Error: No handler registered for 'nowhere'",
    'An object could not be cloned.',
  ])
})

test('messages arrive in order, and not after their listener was removed', async ({ app, window }) => {
  await window.evaluate(() => {
    const heard: number[] = []
    const stop = ipc.on('count', (n: number) => heard.push(n))
    ipc.once('count', (n: number) => heard.push(-n))
    Object.assign(globalThis, { heard, stop })
  })
  await app.evaluate(({ BrowserWindow }) => {
    const { webContents } = BrowserWindow.getAllWindows()[0] as Electron.BrowserWindow
    for (let n = 1; n <= 50; n++) webContents.send('count', n)
  })
  const heard = () => window.evaluate(() => (globalThis as unknown as { heard: number[] }).heard)
  await expect.poll(async () => (await heard()).length).toBe(51)
  expect(await heard()).toEqual([1, -1, ...Array.from({ length: 49 }, (_, i) => i + 2)])

  await window.evaluate(() => {
    ;(globalThis as unknown as { stop(): void }).stop()
    const { heard: list } = globalThis as unknown as { heard: number[] }
    ipc.on('end', () => list.push(0))
  })
  await app.evaluate(({ BrowserWindow }) => {
    const { webContents } = BrowserWindow.getAllWindows()[0] as Electron.BrowserWindow
    webContents.send('count', 99)
    webContents.send('end')
  })
  await expect.poll(async () => (await heard()).at(-1)).toBe(0)
  expect(await heard()).not.toContain(99)
})

test('main answers a sent message to the frame it came from', async ({ window }) => {
  const told = await window.evaluate(
    () =>
      new Promise((resolve) => {
        ipc.once('told', (...args: unknown[]) => resolve(args))
        ipc.send('tell', 'a', { b: 1 })
      }),
  )
  expect(told).toEqual(['a', { b: 1 }])
})

test('a megabyte goes to main and back in less than a second', async ({ window }) => {
  const took = await window.evaluate(async () => {
    const rows = Array.from({ length: 10_000 }, (_, id) => ({ id, name: `row ${id}`, text: 'x'.repeat(70) }))
    const start = performance.now()
    const [back] = await ipc.invoke<[typeof rows]>('echo', rows)
    if (back.length !== rows.length || back[9999]?.name !== 'row 9999') throw new Error('not the same')
    return performance.now() - start
  })
  console.log(`  1 MB there and back: ${took.toFixed(0)} ms`)
  expect(took).toBeLessThan(1000)
})
