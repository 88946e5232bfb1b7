/** Required by a utility process before its script: the few things Electron gives it. */
import { EventEmitter } from 'node:events'
import { createNet } from '../api/net.ts'
import { missing, complete, completeClass } from '../unimplemented.ts'
import { resolveElectronTo } from '../module-resolution.ts'
import { electronVersion } from '../versions.ts'

class ParentPort extends EventEmitter {
  static {
    completeClass(ParentPort, 'process.parentPort')
  }

  #early: unknown[] | undefined = []

  constructor() {
    super()
    process.on('message', (data) => {
      if (this.#early) this.#early.push(data)
      else this.#deliver(data)
    })
    this.on('newListener', (event) => {
      // Messages wait for the first listener, which is added right after this event.
      if (event === 'message') queueMicrotask(() => this.start())
    })
  }

  #deliver(data: unknown): void {
    this.emit('message', { data, ports: [] })
  }

  start(): void {
    const early = this.#early ?? []
    this.#early = undefined
    for (const data of early) this.#deliver(data)
  }
  pause(): void {
    this.#early ??= []
  }
  postMessage(message: unknown): void {
    process.send?.(message)
  }
}

const parentPort = new ParentPort()
Object.defineProperty(process, 'parentPort', { value: parentPort, enumerable: true })
Object.assign(process, { type: 'utility' })
Object.defineProperty(process.versions, 'electron', { value: electronVersion, enumerable: true })
// The channel closes when the host is gone.
process.on('disconnect', () => process.exit(0))
process.on('unhandledRejection', (reason) => console.error('Unhandled rejection:', reason))

resolveElectronTo(
  complete('electron (in a utility process)', {
    net: createNet(() => true),
    systemPreferences: missing('systemPreferences (in a utility process)'),
  }),
)
