/**
 * Carries values between the preload's world and the page's, as Electron's contextBridge does
 * (shell/renderer/api/electron_api_context_bridge.cc): functions and promises become proxies, plain objects lose
 * their prototypes, errors keep their message, all else is cloned. The same code runs in both worlds, which share
 * one DOM node that is in no document. An event on it is synchronous, and Chromium clones its `detail` from world to
 * world. Everything the page could replace later is taken hold of here, before any of its scripts runs.
 */

const MAX_DEPTH = 1000
const UNKNOWN_THROWN =
  'An unknown exception occurred in the isolated context, an error occurred but a valid exception was not thrown.'

type AnyFunction = (...args: unknown[]) => unknown

/** A value on its way. Primitives stand for themselves, everything else is one of these lists. */
type Wire =
  | string
  | number
  | boolean
  | bigint
  | null
  | undefined
  | readonly ['data', unknown]
  | readonly ['array', readonly Wire[]]
  | readonly ['object', readonly (string | Wire)[]]
  | readonly ['again', number]
  | readonly ['function', number]
  | readonly ['back', number]
  | readonly ['promise', number]
  | readonly ['error', string]

type Message =
  | { readonly kind: 'call'; readonly id: number; readonly args: Wire }
  | { readonly kind: 'answer'; readonly ok: boolean; readonly value: Wire }
  | { readonly kind: 'settle'; readonly id: number; readonly ok: boolean; readonly value: Wire }
  | { readonly kind: 'release'; readonly id: number }

/** The function each world offers the other without having been asked: number 0. */
const ENTRANCE = 0

const uncurry = <T, A extends unknown[], R>(
  method: (this: T, ...args: A) => R,
): ((self: T, ...args: A) => R) => Function.prototype.call.bind(method) as (self: T, ...args: A) => R

export interface Bridge {
  /** Calls the other world's entrance. */
  enter(...args: unknown[]): unknown
}

/**
 * @param node the node both worlds hold.
 * @param here,there names of this world's and the other world's events on it.
 * @param entrance what the other world may call from the start.
 */
export function createBridge(node: EventTarget, here: string, there: string, entrance: AnyFunction): Bridge {
  const { apply } = Reflect
  const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf, keys } = Object
  const { isArray } = Array
  const [ObjectProto, Err, TypeErr, Prom, Weak] = [Object.prototype, Error, TypeError, Promise, WeakRef]
  const CustomEv = CustomEvent
  const clone = structuredClone
  const tagOf = uncurry(Object.prototype.toString)
  const then = uncurry(Promise.prototype.then)
  const dispatch = uncurry(EventTarget.prototype.dispatchEvent)
  const detailOf = uncurry(getOwnPropertyDescriptor(CustomEvent.prototype, 'detail')?.get as () => unknown)
  const deref = uncurry(WeakRef.prototype.deref)
  const weakGet = uncurry(WeakMap.prototype.get)
  const weakSet = uncurry(WeakMap.prototype.set)
  const mapGet = uncurry(Map.prototype.get)
  const mapSet = uncurry(Map.prototype.set)
  const NewMap = Map
  const NewWeakMap = WeakMap

  let lastId = ENTRANCE
  // Functions of this world that the other may call, by number; and their numbers, by function and receiver.
  const exported: Record<number, { readonly run: AnyFunction; readonly receiver: unknown }> = {
    // @ts-expect-error -- without a prototype, so that the page's Object.prototype cannot add to it
    __proto__: null,
  }
  exported[ENTRANCE] = { run: entrance, receiver: undefined }
  const numbers = new WeakMap<AnyFunction, WeakMap<object, number>>()
  const noReceiver = {}
  // Proxies of the other world's functions: gone from here, they are released there.
  const imported: Record<number, WeakRef<AnyFunction>> = {
    // @ts-expect-error -- as above
    __proto__: null,
  }
  const originals = new WeakMap<AnyFunction, number>()
  const pending: Record<number, { resolve(value: unknown): void; reject(error: unknown): void }> = {
    // @ts-expect-error -- as above
    __proto__: null,
  }
  let answer: Extract<Message, { kind: 'answer' }> | undefined

  const emit = (message: Message) => {
    dispatch(node, new CustomEv(there, { detail: message }))
  }

  const registry = new FinalizationRegistry<number>((id) => {
    // The same function may have come again and have a new proxy.
    if (imported[id] && deref(imported[id]) === undefined) {
      delete imported[id]
      emit({ kind: 'release', id })
    }
  })
  const watch = uncurry(registry.register).bind(undefined, registry)

  function numberOf(run: AnyFunction, receiver: object): number {
    let ofReceiver = weakGet(numbers, run) as WeakMap<object, number> | undefined
    if (!ofReceiver) weakSet(numbers, run, (ofReceiver = new NewWeakMap()))
    let id = weakGet(ofReceiver, receiver) as number | undefined
    if (id === undefined) weakSet(ofReceiver, receiver, (id = ++lastId))
    exported[id] ??= { run, receiver: receiver === noReceiver ? undefined : receiver }
    return id
  }

  /** Numbers, text, plain lists and objects of them: Chromium clones these by itself, and faster. */
  function isData(value: unknown, depth: number): boolean {
    if (depth > 100) return false
    if (typeof value === 'function' || typeof value === 'symbol') return false
    if (typeof value !== 'object' || value === null) return true
    if (isArray(value)) {
      for (let i = 0; i < value.length; i++) if (!isData(value[i], depth + 1)) return false
      return true
    }
    const proto: unknown = getPrototypeOf(value)
    if (proto !== ObjectProto && proto !== null) return false
    const names = keys(value)
    for (let i = 0; i < names.length; i++) {
      if (!isData((value as Record<string, unknown>)[names[i] as string], depth + 1)) return false
    }
    return true
  }

  /** @param list whether `root` is a list of arguments: what is in it has no object it belongs to. */
  function wire(root: unknown, list = false): Wire {
    if (isData(root, 0)) return typeof root === 'object' && root !== null ? ['data', root] : (root as Wire)
    const met = new NewMap<unknown, number>()
    let count = 0

    function go(value: unknown, receiver: object, depth: number): Wire {
      if (depth >= MAX_DEPTH) {
        throw new TypeErr(
          'Electron contextBridge recursion depth exceeded.  Nested objects deeper than 1000 are not supported.',
        )
      }
      if (typeof value === 'symbol') {
        throw new TypeErr('electron-host: symbols do not pass the contextBridge of the host.')
      }
      if (typeof value === 'function') {
        const original = weakGet(originals, value as AnyFunction) as number | undefined
        if (original !== undefined) return ['back', original]
        return ['function', numberOf(value as AnyFunction, receiver)]
      }
      if (typeof value !== 'object' || value === null) return value as Wire
      const number = mapGet(met, value) as number | undefined
      if (number !== undefined) return ['again', number]
      mapSet(met, value, count++)
      if (value instanceof Prom) return ['promise', forward(value as Promise<unknown>)]
      const tag = tagOf(value)
      if (tag === '[object Error]') return ['error', `${(value as Error).message}`]
      if (isArray(value)) {
        const items: Wire[] = []
        const owner = list && value === root ? noReceiver : value
        for (let i = 0; i < value.length; i++) defineItem(items, i, go(value[i], owner, depth + 1))
        return ['array', items]
      }
      if (tag === '[object Object]') {
        const parts: (string | Wire)[] = []
        const names = keys(value)
        for (let i = 0; i < names.length; i++) {
          const name = names[i] as string
          defineItem(parts, 2 * i, name)
          defineItem(parts, 2 * i + 1, go((value as Record<string, unknown>)[name], value, depth + 1))
        }
        return ['object', parts]
      }
      // Elements and the like: the clone algorithm says no, in its own words.
      clone(value)
      return ['data', value]
    }
    return go(root, noReceiver, 0)
  }

  function forward(promise: Promise<unknown>): number {
    const id = ++lastId
    const settle = (ok: boolean) => (value: unknown) => {
      try {
        emit({ kind: 'settle', id, ok, value: wire(value) })
      } catch (error) {
        emit({ kind: 'settle', id, ok: false, value: wire(error) })
      }
    }
    then(promise, settle(true), settle(false))
    return id
  }

  function unwire(root: Wire): unknown {
    const met: unknown[] = []
    let count = 0
    const put = <T>(value: T): T => {
      defineItem(met, count++, value)
      return value
    }

    function go(value: Wire): unknown {
      if (typeof value !== 'object' || value === null) return value
      switch (value[0]) {
        case 'data':
          return put(value[1])
        case 'again':
          return met[value[1]]
        case 'error':
          return put(new Err(value[1]))
        case 'function':
          return proxyOf(value[1])
        case 'back':
          return exported[value[1]]?.run
        case 'promise': {
          const id = value[1]
          return put(
            new Prom((resolve, reject) => {
              pending[id] = { resolve, reject }
            }),
          )
        }
        case 'array': {
          const items: unknown[] = put([])
          for (let i = 0; i < value[1].length; i++) defineItem(items, i, go(value[1][i]))
          return items
        }
        case 'object': {
          const object = put({})
          for (let i = 0; i < value[1].length; i += 2) {
            defineItem(object, value[1][i] as string, go(value[1][i + 1]))
          }
          return object
        }
      }
    }
    return go(root)
  }

  function defineItem(target: object, key: string | number, value: unknown) {
    defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true })
  }

  function call(id: number, args: unknown[]): unknown {
    const outer = answer
    answer = undefined
    try {
      emit({ kind: 'call', id, args: wire(args, true) })
      // The event is synchronous, so the answer is here. TypeScript cannot know that it was assigned meanwhile.
      const given = answer as Extract<Message, { kind: 'answer' }> | undefined
      if (!given) throw new Err('electron-host: the other side of the contextBridge is gone.')
      if (!given.ok) throw unwire(given.value)
      return unwire(given.value)
    } finally {
      answer = outer
    }
  }

  function proxyOf(id: number): AnyFunction {
    const known = imported[id] && deref(imported[id])
    if (known) return known
    const proxy: AnyFunction = (...args) => call(id, args)
    imported[id] = new Weak(proxy)
    weakSet(originals, proxy, id)
    watch(proxy, id)
    return proxy
  }

  function messageOf(thrown: unknown): string {
    if (thrown === null || typeof thrown !== 'object') return UNKNOWN_THROWN
    const { message } = thrown as { message?: unknown }
    return typeof message === 'string' ? message : UNKNOWN_THROWN
  }

  function respond(id: number, args: Wire): Message {
    try {
      const target = exported[id]
      if (!target) throw new Err('electron-host: this function was released.')
      return {
        kind: 'answer',
        ok: true,
        value: wire(apply(target.run, target.receiver, unwire(args) as unknown[])),
      }
    } catch (error) {
      return { kind: 'answer', ok: false, value: ['error', messageOf(error)] }
    }
  }

  node.addEventListener(here, (event) => {
    const message = detailOf(event as CustomEvent) as Message
    switch (message.kind) {
      case 'call':
        return emit(respond(message.id, message.args))
      case 'answer':
        answer = message
        return
      case 'settle': {
        const promise = pending[message.id]
        delete pending[message.id]
        if (message.ok) promise?.resolve(unwire(message.value))
        else promise?.reject(unwire(message.value))
        return
      }
      case 'release':
        delete exported[message.id]
    }
  })

  return { enter: (...args) => call(ENTRANCE, args) }
}
