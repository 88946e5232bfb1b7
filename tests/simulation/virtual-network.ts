/**
 * The network between a laptop and the server: latency, loss on either way, hung and cut connections, and somebody
 * else who answers in the server's place. One per laptop.
 */
import type {
  HttpNoAnswer,
  HttpOutcome,
  HttpRequest,
  Socket,
  SocketHandlers,
  StreamHandlers,
} from '../../src/core/ports.ts'
import type { MachineClock, VirtualTime } from './virtual-clock.ts'
import type { VirtualServer } from './virtual-server.ts'

/** What the network does with one request: carry it, lose it on the way there or back, or answer itself. */
export type Fate = 'carry' | 'lose-request' | 'lose-answer' | HttpOutcome

const noAnswer = (reason: HttpNoAnswer['reason'], sent: boolean): HttpNoAnswer => ({
  kind: 'no-answer',
  reason,
  sent,
  detail: 'virtual',
})

export class VirtualNetwork {
  readonly #time: VirtualTime
  readonly #clock: MachineClock
  readonly #server: VirtualServer
  up = true
  /** Connections stay and carry nothing, and nobody says so. */
  stalled = false
  latencyMs = 20
  /** Decides for each request. */
  fate: (request: HttpRequest) => Fate = () => 'carry'
  /** What breaks when connections are cut. */
  readonly #open = new Set<() => void>()
  readonly #waiting = new Set<() => void>()

  constructor(time: VirtualTime, clock: MachineClock, server: VirtualServer) {
    this.#time = time
    this.#clock = clock
    this.#server = server
  }

  /** Sockets and streams break at once. */
  cut(): void {
    for (const cut of [...this.#open]) cut()
  }

  /** As after a sleep or a change of networks: requests under way get no answer either. */
  cutRequests(): void {
    for (const cut of [...this.#waiting]) cut()
  }

  get #carries(): boolean {
    return this.up && !this.stalled
  }

  send(request: HttpRequest): Promise<HttpOutcome> {
    return new Promise((resolve) => {
      const settle = (outcome: HttpOutcome) => {
        deadline.cancel()
        this.#waiting.delete(cut)
        request.signal?.removeEventListener('abort', aborted)
        resolve(outcome)
      }
      /** The machine may be asleep when something arrives; whoever asked learns of it at the wake. */
      const later = (outcome: HttpOutcome, delayMs: number) =>
        void this.#clock.setTimer(delayMs, () => settle(outcome))
      const aborted = () => settle(noAnswer('aborted', true))
      const cut = () => later(noAnswer('unreachable', true), 0)
      const deadline = this.#clock.setTimer(request.timeoutMs, () => settle(noAnswer('timeout', true)))
      request.signal?.addEventListener('abort', aborted, { once: true })

      if (!this.up) return later(noAnswer('unreachable', false), this.latencyMs)
      this.#waiting.add(cut)
      const fate = this.stalled ? 'lose-request' : this.fate(request)
      if (fate === 'lose-request') return
      if (typeof fate !== 'string') return later(fate, this.latencyMs)
      // The server acts when the request arrives, whatever happens on this side meanwhile.
      this.#time.at(fate === 'lose-answer' ? 0 : this.latencyMs, () => {
        if (!this.#server.up) return later(noAnswer('unreachable', false), this.latencyMs)
        const response = this.#server.handle(request)
        if (fate === 'carry' && this.#carries) later(response, this.latencyMs)
      })
    })
  }

  stream(request: HttpRequest, handlers: StreamHandlers): { close(): void } {
    let open = true
    let whole = true
    let far: { drop(): void } | undefined
    const end = (cause: HttpNoAnswer | null) => {
      if (!open) return
      open = false
      deadline.cancel()
      this.#open.delete(cut)
      far?.drop()
      this.#clock.setTimer(0, () => handlers.ended(cause))
    }
    const hear = (run: () => void) =>
      void this.#clock.setTimer(this.latencyMs, () => {
        whole &&= this.#carries
        if (open && whole) run()
      })
    const cut = () => end(noAnswer('unreachable', true))
    const deadline = this.#clock.setTimer(request.timeoutMs, () => end(noAnswer('timeout', true)))
    this.#open.add(cut)

    const fate = this.up
      ? this.stalled
        ? 'lose-request'
        : this.fate(request)
      : noAnswer('unreachable', false)
    const answer = (status: number, headers: Readonly<Record<string, string>>) => {
      deadline.cancel()
      handlers.headers(status, headers)
    }
    if (typeof fate !== 'string') {
      this.#clock.setTimer(this.latencyMs, () => {
        if (!open) return
        if (fate.kind === 'no-answer') return end(fate)
        answer(fate.status, fate.headers)
        handlers.text(fate.body)
        end(null)
      })
    } else if (fate !== 'lose-request') {
      this.#time.at(this.latencyMs, () => {
        if (!open) return
        if (!this.#carries || !this.#server.up) return cut()
        const { response, source } = this.#server.handleStream(request)
        if (fate === 'lose-answer') return
        hear(() => {
          answer(response.status, response.headers)
          if (source) {
            far = source(
              (text) => hear(() => handlers.text(text)),
              () => hear(() => end(null)),
            )
          } else {
            handlers.text(response.body)
            end(null)
          }
        })
      })
    }
    return { close: () => end(noAnswer('aborted', true)) }
  }

  connect(handlers: SocketHandlers): Socket {
    let ended = false
    /** For as long as it lasts: what was sent first comes first, and one socket may be slower than another. */
    const { latencyMs } = this
    /** TCP delivers in order or not at all: once something is lost, nothing comes through any more. */
    let whole = true
    const carries = () => (whole &&= this.#carries)
    let far: ReturnType<VirtualServer['connect']> | undefined
    const finish = (code: number) => {
      if (ended) return
      ended = true
      this.#open.delete(cut)
      far?.drop()
      this.#clock.setTimer(0, () => handlers.closed(code, ''))
    }
    const cut = () => finish(1006)
    const hear = (run: () => void) => void this.#clock.setTimer(latencyMs, () => carries() && !ended && run())
    this.#open.add(cut)
    const fate = this.fate({ method: 'GET', url: 'wss:', headers: {}, timeoutMs: 0 })
    this.#clock.setTimer(latencyMs, () => {
      if (ended || this.stalled || fate === 'lose-request' || fate === 'lose-answer') return
      // A portal or a proxy does not speak this protocol.
      if (!this.up || !this.#server.up || fate !== 'carry') return cut()
      far = this.#server.connect(
        (frame) => hear(() => handlers.message(JSON.stringify(frame))),
        // A close that the network swallows is noticed by the next ping.
        (code) => void this.#clock.setTimer(latencyMs, () => carries() && finish(code)),
      )
      hear(() => handlers.opened())
    })
    return {
      send: (text) => void this.#time.at(latencyMs, () => carries() && !ended && far?.receive(text)),
      close: () => finish(1005),
    }
  }
}
