import { expect, test, type FixtureBridge } from './launch.ts'

declare const bridge: FixtureBridge

test('plain values arrive as copies without prototypes, and frozen', async ({ window }) => {
  expect(
    await window.evaluate(() => ({
      text: bridge.text,
      list: bridge.list,
      date: bridge.date,
      map: [...bridge.map],
      bytes: [...bridge.bytes],
      point: bridge.point,
      pointMethod: typeof bridge.point.length,
      cycle: bridge.tree.self === bridge.tree,
      frozen: [bridge, bridge.list, bridge.list[1], bridge.nested, bridge.nested.add].map(Object.isFrozen),
    })),
  ).toEqual({
    text: 'text',
    list: [1, { two: 2 }],
    date: new Date(5),
    map: [['a', { b: 1 }]],
    bytes: [1, 2, 3],
    point: { x: 1 },
    pointMethod: 'undefined',
    cycle: true,
    frozen: [true, true, true, true, true],
  })
})

test('what is exposed can be neither replaced nor exposed twice', async ({ window }) => {
  const result = await window.evaluate(() => {
    const descriptor = Object.getOwnPropertyDescriptor(globalThis, 'bridge')
    const messageOf = (run: () => void) => {
      try {
        run()
        return 'done'
      } catch (error) {
        return (error as Error).message
      }
    }
    return {
      writable: descriptor?.writable,
      configurable: descriptor?.configurable,
      again: messageOf(() => bridge.exposeAgain()),
      overPage: messageOf(() => bridge.exposeOverPage()),
    }
  })
  const refusal = 'Cannot bind an API on top of an existing property on the window object'
  expect(result).toEqual({ writable: false, configurable: false, again: refusal, overPage: refusal })
})

test('functions work across worlds in both directions, with callbacks and with their receiver', async ({
  window,
}) => {
  expect(
    await window.evaluate(async () => [
      bridge.nested.add(1, 2),
      bridge.nested.ownName(),
      bridge.call((a: number, b: { c: number }) => a + b.c, 1, { c: 2 }),
      await bridge.callLater(async () => 'it'),
      bridge.make()('page'),
    ]),
  ).toEqual([3, 'nested', 3, 'got it', 'hello page'])
})

test('a function that comes back is the original one', async ({ window }) => {
  expect(
    await window.evaluate(() => {
      const ours = () => 1
      return [bridge.same(ours) === ours, bridge.isOurs(bridge.keep()), bridge.isOurs(ours)]
    }),
  ).toEqual([true, true, false])
})

test('promises resolve and reject across worlds', async ({ window }) => {
  expect(
    await window.evaluate(async () => {
      const { answer } = await bridge.later
      const rejected = await bridge
        .rejectLater()
        .catch((error: Error) => [error instanceof Error, error.message])
      return [bridge.later instanceof Promise, answer(), rejected]
    }),
  ).toEqual([true, 42, [true, 'later']])
})

test('errors keep their message and nothing else', async ({ window }) => {
  expect(
    await window.evaluate(() => {
      const caught = (run: () => unknown) => {
        try {
          return run()
        } catch (error) {
          return error as Error & { secret?: number }
        }
      }
      const thrown = caught(() => bridge.throwError()) as Error & { secret?: number }
      const returned = bridge.errorOf() as Error
      return {
        thrown: [thrown.constructor === Error, thrown.message, thrown.secret ?? null],
        text: (caught(() => bridge.throwText()) as Error).message,
        returned: [returned.constructor === Error, returned.message],
      }
    }),
  ).toEqual({
    thrown: [true, 'broken', null],
    text: 'An unknown exception occurred in the isolated context, an error occurred but a valid exception was not thrown.',
    returned: [true, 'an error'],
  })
})

test('objects of the page belong to the preload’s world when they arrive there', async ({ window }) => {
  expect(
    await window.evaluate(() => [bridge.constructorNameOf({}), bridge.constructorNameOf({ f: () => 1 })]),
  ).toEqual([true, true])
})

test('an element and a symbol are refused with an error', async ({ window }) => {
  const messages = await window.evaluate(() =>
    [document.body, Symbol('x'), { deep: document.body }].map((value) => {
      try {
        return String(bridge.same(value))
      } catch (error) {
        return (error as Error).message
      }
    }),
  )
  expect(messages[0]).toContain('could not be cloned')
  expect(messages[1]).toContain('symbols')
  expect(messages[2]).toContain('could not be cloned')
})

test('objects nested deeper than 1000 are refused as Electron refuses them', async ({ window }) => {
  const message = await window.evaluate(() => {
    let value: object = {}
    for (let i = 0; i < 1100; i++) value = { value }
    try {
      return String(bridge.same(value))
    } catch (error) {
      return (error as Error).message
    }
  })
  expect(message).toContain('recursion depth exceeded')
})

test('functions nobody holds any more are let go', async ({ app, window }) => {
  const session = await app.context().newCDPSession(window)
  await window.evaluate(() => {
    const registry = new FinalizationRegistry(() => Object.assign(globalThis, { freed: true }))
    // The registry must outlive the function.
    Object.assign(globalThis, { freed: false, registry })
    const callback = () => 1
    registry.register(callback, 0)
    bridge.call(callback)
  })
  await expect
    .poll(async () => {
      await session.send('HeapProfiler.collectGarbage')
      return window.evaluate(() => (globalThis as unknown as { freed: boolean }).freed)
    })
    .toBe(true)
})

test('a page that replaces what the bridge is built of changes nothing', async ({ window }) => {
  expect(
    await window.evaluate(async () => {
      const seen: string[] = []
      const replaced: [object, string][] = [
        [EventTarget.prototype, 'dispatchEvent'],
        [EventTarget.prototype, 'addEventListener'],
        [Promise.prototype, 'then'],
        [Map.prototype, 'get'],
        [Map.prototype, 'set'],
        [WeakMap.prototype, 'get'],
        [WeakMap.prototype, 'set'],
        [WeakRef.prototype, 'deref'],
        [Function.prototype, 'call'],
        [Array.prototype, 'push'],
        [Array.prototype, Symbol.iterator as unknown as string],
        [Object, 'keys'],
        [Object, 'defineProperty'],
        [Reflect, 'apply'],
        [globalThis, 'CustomEvent'],
        [globalThis, 'structuredClone'],
      ]
      const { defineProperty, getOwnPropertyDescriptor } = Object
      const restore: (() => void)[] = []
      for (let i = 0; i < replaced.length; i++) {
        // By index: taking a list apart needs its iterator, which is among what is replaced.
        const entry = replaced[i] as [object, string]
        const holder = entry[0]
        const name = entry[1]
        const before = getOwnPropertyDescriptor(holder, name) as PropertyDescriptor
        const value = function replacement() {
          seen[seen.length] = String(name)
        }
        restore[i] = () => defineProperty(holder, name, before)
        defineProperty(holder, name, { ...before, value })
      }
      let value: unknown
      try {
        value = [bridge.nested.add(1, 2), bridge.call(() => 7), bridge.same({ f: () => 1 }).f()]
      } finally {
        for (let i = 0; i < restore.length; i++) (restore[i] as () => void)()
      }
      return { value, seen }
    }),
  ).toEqual({ value: [3, 7, 1], seen: [] })
})
