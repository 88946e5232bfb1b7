/** Node's EventEmitter, as far as a sandboxed preload can `require` it. */

type Listener = (...args: never[]) => void
interface Entry {
  readonly listener: Listener
  readonly once: boolean
}

export class EventEmitter {
  static readonly EventEmitter = EventEmitter
  readonly #entries = new Map<string | symbol, Entry[]>()

  #add(event: string | symbol, entry: Entry, first = false): this {
    if (typeof entry.listener !== 'function') {
      throw new TypeError('The "listener" argument must be of type function.')
    }
    const entries = this.#entries.get(event) ?? []
    this.#entries.set(event, first ? [entry, ...entries] : [...entries, entry])
    return this
  }

  on(event: string | symbol, listener: Listener): this {
    return this.#add(event, { listener, once: false })
  }
  once(event: string | symbol, listener: Listener): this {
    return this.#add(event, { listener, once: true })
  }
  prependListener(event: string | symbol, listener: Listener): this {
    return this.#add(event, { listener, once: false }, true)
  }
  prependOnceListener(event: string | symbol, listener: Listener): this {
    return this.#add(event, { listener, once: true }, true)
  }
  addListener(event: string | symbol, listener: Listener): this {
    return this.on(event, listener)
  }
  off(event: string | symbol, listener: Listener): this {
    const entries = this.#entries.get(event) ?? []
    const last = entries.findLastIndex((entry) => entry.listener === listener)
    if (last >= 0) this.#entries.set(event, entries.toSpliced(last, 1))
    return this
  }
  removeListener(event: string | symbol, listener: Listener): this {
    return this.off(event, listener)
  }
  removeAllListeners(event?: string | symbol): this {
    if (event === undefined) this.#entries.clear()
    else this.#entries.delete(event)
    return this
  }
  emit(event: string | symbol, ...args: unknown[]): boolean {
    const entries = this.#entries.get(event) ?? []
    for (const { listener, once } of entries) {
      if (once) this.off(event, listener)
      Reflect.apply(listener, this, args)
    }
    return entries.length > 0
  }
  listeners(event: string | symbol): Listener[] {
    return (this.#entries.get(event) ?? []).map((entry) => entry.listener)
  }
  rawListeners(event: string | symbol): Listener[] {
    return this.listeners(event)
  }
  listenerCount(event: string | symbol): number {
    return this.#entries.get(event)?.length ?? 0
  }
  eventNames(): (string | symbol)[] {
    return [...this.#entries.keys()].filter((event) => this.listenerCount(event) > 0)
  }
  /** Listeners are not counted here, so there is no limit to raise. */
  setMaxListeners(): this {
    return this
  }
  getMaxListeners(): number {
    return Infinity
  }
}
