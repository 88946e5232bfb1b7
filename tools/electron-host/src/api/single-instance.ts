/**
 * The lock is a socket in Linux's abstract namespace, named for the user data folder: the kernel gives the name to
 * one process, at once and without waiting, and takes it back when that process ends in whatever way.
 */
import { createHash } from 'node:crypto'
import { connect, createServer, type Server } from 'node:net'

const MAX_MESSAGE_BYTES = 1024 * 1024
const DELIVERY_MS = 2000

export interface Launch {
  readonly argv: readonly string[]
  readonly workingDirectory: string
  readonly additionalData: unknown
}

export interface SingleInstance {
  /** @returns whether this process is the one. If not, the one is told of this launch. */
  request(launch: Launch): boolean
  has(): boolean
  release(): void
  /** Settles when the other instance has the message, or will not take it. */
  delivered(): Promise<void>
}

/** @param secondLaunch called in the process that holds the lock. */
export function createSingleInstance(
  folder: () => string,
  secondLaunch: (launch: Launch) => void,
): SingleInstance {
  let server: Server | undefined
  let delivery = Promise.resolve()

  const address = () => {
    const name = createHash('sha256')
      .update(`${process.getuid?.() ?? ''} ${folder()}`)
      .digest('hex')
    return `\0electron-host-${name.slice(0, 32)}`
  }

  function deliver(launch: Launch): Promise<void> {
    return new Promise((resolve) => {
      const socket = connect(address(), () => socket.end(JSON.stringify(launch)))
      socket.setTimeout(DELIVERY_MS, () => socket.destroy())
      socket.resume()
      socket.on('error', () => {})
      socket.on('close', () => resolve())
    })
  }

  return {
    request(launch) {
      if (server) return true
      const candidate = createServer({ allowHalfOpen: true }, (socket) => {
        let text = ''
        socket.setEncoding('utf8')
        socket.on('error', () => {})
        socket.on('data', (data: string) => {
          text += data
          if (text.length > MAX_MESSAGE_BYTES) socket.destroy()
        })
        socket.on('end', () => {
          socket.end()
          try {
            secondLaunch(JSON.parse(text) as Launch)
          } catch (error) {
            console.error('electron-host: a second instance sent something unreadable', error)
          }
        })
      })
      candidate.on('error', () => {})
      candidate.listen(address())
      // Binding is done by now, in both cases; only the event about it comes later.
      if (candidate.listening) {
        candidate.unref()
        server = candidate
        return true
      }
      delivery = deliver(launch)
      return false
    },
    has: () => server !== undefined,
    release() {
      server?.close()
      server = undefined
    },
    delivered: () => delivery,
  }
}
