/** The one door from a page to the rest of Lectern; nothing else here touches `window.lectern`. */
import type { EndpointInput, EndpointName, EndpointResponse } from '../contract/api.ts'
import type {
  ChannelName,
  ChannelRequest,
  ChannelResponse,
  EventName,
  EventPayload,
  WindowKind,
} from '../contract/ipc.ts'
import type { Failure, Result, RoomState, SessionState } from '../contract/model.ts'
import type { StreamEvent, StreamName } from '../contract/streams.ts'
import { mergeRoomPatch, type Versioned } from './versions.ts'

/** What preload exposes. `invoke` never rejects. */
export interface Bridge {
  invoke(channel: ChannelName, request?: unknown): Promise<unknown>
  on(event: EventName, listener: (payload: unknown) => void): () => void
  readonly window: { readonly kind: WindowKind; readonly sessionId: string | null }
}

declare global {
  interface Window {
    readonly lectern: Bridge
  }
}

type RequestOf<C extends ChannelName> =
  undefined extends ChannelRequest<C> ? [request?: ChannelRequest<C>] : [request: ChannelRequest<C>]

export interface SessionClient {
  readonly window: Bridge['window']
  ask<C extends ChannelName>(channel: C, ...request: RequestOf<C>): Promise<Result<ChannelResponse<C>>>
  /** One call of an endpoint of the server, by name. */
  call<N extends EndpointName>(
    endpoint: N,
    input: EndpointInput<N> & { readonly idempotencyKey?: string },
  ): Promise<Result<EndpointResponse<N>>>
  /** Calls `changed` with the state now and with each later one, never with an older one after a newer. */
  followSession(changed: (state: SessionState) => void, failed: (failure: Failure) => void): () => void
  followRoom(sessionId: string, listeners: RoomListeners): RoomFollowing
  onNotice(listener: (failure: Failure) => void): () => void
  on<E extends EventName>(event: E, listener: (payload: EventPayload<E>) => void): () => void
  /** An answer in pieces. What is returned stops it; nothing is heard after that. */
  followStream<S extends StreamName>(request: StreamRequest<S>, listeners: StreamListeners<S>): () => void
}

export interface StreamRequest<S extends StreamName> {
  readonly stream: S
  readonly params: Readonly<Record<string, string>>
  /** Begin after the event with this id. */
  readonly afterId?: number
}

export interface StreamListeners<S extends StreamName> {
  /** @param id of the event, to go on after it */
  event(event: StreamEvent<S>, id: number): void
  /** Once, last; null when it ended well. */
  ended(failure: Failure | null): void
}

export interface RoomListeners {
  changed(room: RoomState): void
  /** The room could not be opened. What was shown before is still the newest known. */
  failed(failure: Failure): void
}

export interface RoomFollowing {
  /** Asks for the whole room again, joining it if need be. */
  reopen(): void
  stop(): void
}

export const connectSessionClient = (): SessionClient => createSessionClient(window.lectern)

export function createSessionClient(bridge: Bridge): SessionClient {
  // Main checks every answer and event against the contract before it sends it, and the page was built from the
  // same contract: a second check here would find nothing.
  const ask: SessionClient['ask'] = (channel, ...[request]) =>
    bridge.invoke(channel, request) as Promise<Result<never>>

  const on = <E extends EventName>(event: E, listener: (payload: EventPayload<E>) => void) =>
    bridge.on(event, (payload) => listener(payload as EventPayload<E>))

  return {
    window: bridge.window,
    ask,

    call: (endpoint, input) =>
      ask('api:call', { endpoint, ...withoutUndefined(input) } as ChannelRequest<'api:call'>) as Promise<
        Result<never>
      >,

    followSession(changed, failed) {
      let version = -1
      let stopped = false
      const take = (next: Versioned<SessionState>) => {
        if (stopped || next.version <= version) return
        version = next.version
        changed(next.state)
      }
      // Listening starts before the question, so nothing can happen between the two.
      const off = on('session:state', take)
      void ask('session:get').then((answer) => {
        if (answer.ok) take(answer.value)
        else if (!stopped && version < 0) failed(answer.failure)
      })
      return () => {
        stopped = true
        off()
      }
    },

    followRoom(sessionId, { changed, failed }) {
      let held: Versioned<RoomState> | null = null
      let queued: EventPayload<'room:patch'>[] = []
      let opening = false
      let stopped = false

      const take = (event: EventPayload<'room:patch'>) => {
        if (stopped || event.sessionId !== sessionId) return
        if (opening || !held) {
          queued.push(event)
        } else if (!apply(held, event)) {
          queued.push(event)
          void open()
        }
      }

      /** @returns false when a patch before this one is missing. */
      const apply = (onto: Versioned<RoomState>, event: EventPayload<'room:patch'>) => {
        const merged = mergeRoomPatch(onto, event)
        if (merged === 'gap') return false
        if (merged !== onto) {
          held = merged
          changed(merged.state)
        }
        return true
      }

      const open = async () => {
        if (opening) return
        opening = true
        const answer = await ask('room:open', { sessionId })
        opening = false
        if (stopped) return
        const late = queued
        queued = []
        if (!answer.ok) {
          failed(answer.failure)
          return
        }
        // Whatever its version: a room that was left and joined again counts from the start.
        held = answer.value
        changed(held.state)
        // One that does not fit a snapshot younger than itself never will: asking again would not end.
        for (const event of late) if (held) apply(held, event)
      }

      const off = on('room:patch', take)
      void open()
      return {
        reopen: () => void open(),
        stop() {
          stopped = true
          off()
          void ask('room:close', { sessionId })
        },
      }
    },

    onNotice: (listener) => on('notice', ({ failure }) => listener(failure)),
    on,

    followStream(request, listeners) {
      const streamId = crypto.randomUUID()
      const offs = [
        on('stream:event', ({ streamId: of, id, event }) => {
          // Main has checked it against the stream's own schema.
          if (of === streamId) listeners.event(event as never, id)
        }),
        on('stream:ended', ({ streamId: of, failure }) => {
          if (of === streamId) end(failure)
        }),
      ]
      const stop = () => {
        for (const off of offs.splice(0)) off()
      }
      const end = (failure: Failure | null) => {
        stop()
        listeners.ended(failure)
      }
      void ask('stream:open', { streamId, ...request }).then((opened) => {
        if (!opened.ok && offs.length > 0) end(opened.failure)
      })
      return () => {
        if (offs.length === 0) return
        stop()
        void ask('stream:close', { streamId })
      }
    },
  }
}

const withoutUndefined = (input: object) =>
  Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined))
