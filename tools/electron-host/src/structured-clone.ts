/**
 * What structured clone carries (HTML §2.7), as text: the DevTools protocol moves nothing else. Plain JSON stands
 * for itself; everything JSON lacks is an object with the key `$`. Runs in Node and in pages.
 */

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

const VIEWS = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
} as const
const ERRORS = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError } as const

const isKeyOf = <T extends object>(name: string, table: T): name is T & string => Object.hasOwn(table, name)
const tagOf = (value: unknown) => Object.prototype.toString.call(value).slice(8, -1)

/** Electron's words for what cannot be cloned. */
const refuse = () => new Error('An object could not be cloned.')

function toBase64(bytes: Uint8Array): string {
  const { Buffer: NodeBuffer } = globalThis as {
    Buffer?: { from(b: ArrayBufferLike, o: number, l: number): object }
  }
  if (NodeBuffer) {
    const buffer = NodeBuffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) as {
      toString(as: 'base64'): string
    }
    return buffer.toString('base64')
  }
  let text = ''
  for (let start = 0; start < bytes.length; start += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(start, start + 0x8000))
  }
  return btoa(text)
}

const fromBase64 = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text), (c) => c.charCodeAt(0))

const define = (target: object, key: string, value: unknown) =>
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true })

/** @throws Error for functions, symbols, promises and other things that cannot be cloned. */
export function encode(root: unknown): string {
  // Both sides number objects in the order in which they meet them, so one met again needs only its number.
  const met = new Map<object, number>()

  function encodeObject(value: object): Json {
    const number = met.get(value)
    if (number !== undefined) return { $: 'again', of: number }
    met.set(value, met.size)
    if (Array.isArray(value)) return value.map(go)
    const tag = tagOf(value)
    if (ArrayBuffer.isView(value)) {
      const bytes = new Uint8Array(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength)
      return { $: 'view', type: isKeyOf(tag, VIEWS) ? tag : 'Uint8Array', bytes: toBase64(bytes) }
    }
    switch (tag) {
      case 'Date':
        return { $: 'date', time: go((value as Date).getTime()) }
      case 'RegExp':
        return { $: 'regexp', source: (value as RegExp).source, flags: (value as RegExp).flags }
      case 'Map':
        return { $: 'map', entries: [...(value as Map<unknown, unknown>)].flat(1).map(go) }
      case 'Set':
        return { $: 'set', values: [...(value as Set<unknown>)].map(go) }
      case 'ArrayBuffer':
        return { $: 'buffer', bytes: toBase64(new Uint8Array(value as ArrayBuffer)) }
      case 'Boolean':
      case 'Number':
      case 'String':
        return { $: 'boxed', value: go((value as { valueOf(): unknown }).valueOf()) }
      case 'Error': {
        const { name, message, stack } = value as Error
        return { $: 'error', name: isKeyOf(name, ERRORS) ? name : 'Error', message, stack: stack ?? '' }
      }
      case 'Object': {
        const copy: { [key: string]: Json } = {}
        for (const [key, item] of Object.entries(value)) define(copy, key, go(item))
        return Object.hasOwn(copy, '$') ? { $: 'object', value: copy } : copy
      }
      default:
        throw refuse()
    }
  }

  function go(value: unknown): Json {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value
      case 'number':
        if (Number.isFinite(value) && !Object.is(value, -0)) return value
        return { $: 'number', value: Object.is(value, -0) ? '-0' : String(value) }
      case 'undefined':
        return { $: 'undefined' }
      case 'bigint':
        return { $: 'bigint', value: String(value) }
      case 'object':
        return value === null ? null : encodeObject(value)
      default:
        throw refuse()
    }
  }

  return JSON.stringify(go(root))
}

/** @param text made by `encode`; nothing else is understood. */
export function decode(text: string): unknown {
  const met: unknown[] = []

  function decodeSpecial(json: { [key: string]: Json }, number: number): unknown {
    const put = <T>(value: T): T => {
      met[number] = value
      return value
    }
    switch (json['$']) {
      case 'date':
        return put(new Date(go(json['time'] ?? null) as number))
      case 'regexp':
        return put(new RegExp(json['source'] as string, json['flags'] as string))
      case 'map': {
        const map = put(new Map())
        const entries = json['entries'] as Json[]
        for (let i = 0; i < entries.length; i += 2)
          map.set(go(entries[i] ?? null), go(entries[i + 1] ?? null))
        return map
      }
      case 'set': {
        const set = put(new Set())
        for (const item of json['values'] as Json[]) set.add(go(item))
        return set
      }
      case 'buffer':
        return put(fromBase64(json['bytes'] as string).buffer)
      case 'view': {
        const View = VIEWS[json['type'] as keyof typeof VIEWS] as new (buffer: ArrayBuffer) => ArrayBufferView
        return put(new View(fromBase64(json['bytes'] as string).buffer))
      }
      case 'boxed':
        return put(Object(go(json['value'] ?? null)))
      case 'error': {
        const error = put(new ERRORS[json['name'] as keyof typeof ERRORS](json['message'] as string))
        error.stack = json['stack'] as string
        return error
      }
      case 'object':
        return fill(put({}), json['value'] as { [key: string]: Json })
      default:
        throw new Error('electron-host: a message between processes is damaged.')
    }
  }

  function fill(target: object, from: { [key: string]: Json }): object {
    for (const [key, item] of Object.entries(from)) define(target, key, go(item))
    return target
  }

  function go(json: Json): unknown {
    if (json === null || typeof json !== 'object') return json
    if (!Array.isArray(json) && Object.hasOwn(json, '$')) {
      switch (json['$']) {
        case 'undefined':
          return undefined
        case 'number':
          return Number(json['value'])
        case 'bigint':
          return BigInt(json['value'] as string)
        case 'again':
          return met[json['of'] as number]
      }
      return decodeSpecial(json, met.push(undefined) - 1)
    }
    met.push(json)
    // Plain values are mended in place: most messages need no mending at all.
    const target = json as { [key: string]: unknown }
    for (const key of Object.keys(target)) {
      const item = target[key] as Json
      if (item !== null && typeof item === 'object') define(target, key, go(item))
    }
    return json
  }

  return go(JSON.parse(text) as Json)
}
