import type { WebContents } from 'electron'
import type { EventName, EventPayload } from '../../contract/ipc.ts'
import { fail, succeed } from '../../contract/model.ts'
import type { Session } from '../../core/session.ts'
import type { Handlers } from '../ipc.ts'

export interface StreamHandlersOptions {
  readonly session: Session
  readonly send: <E extends EventName>(name: E, payload: EventPayload<E>, window: WebContents) => void
}

type StreamChannel = Extract<keyof Handlers, `stream:${string}`>

/** More than one person can follow at once in one window. */
const MOST = 50

/** Answers in pieces. A window has its own, and they end with its page. */
export function streamHandlers(options: StreamHandlersOptions): Pick<Handlers, StreamChannel> {
  const { session, send } = options
  const open = new WeakMap<WebContents, Map<string, () => void>>()

  function streamsOf(window: WebContents): Map<string, () => void> {
    const known = open.get(window)
    if (known) return known
    const streams = new Map<string, () => void>()
    open.set(window, streams)
    const stopAll = () => {
      for (const stop of streams.values()) stop()
      streams.clear()
    }
    window.once('destroyed', stopAll)
    window.on('did-navigate', stopAll)
    return streams
  }

  return {
    'stream:open': ({ streamId, stream, params, afterId }, window) => {
      const streams = streamsOf(window)
      if (streams.has(streamId)) return fail('conflict', 'This answer is followed already.')
      if (streams.size >= MOST) return fail('conflict', 'Too many answers are followed at once.')
      const stop = session.stream(
        { stream, params, afterId },
        {
          event: (event, id) => send('stream:event', { streamId, id, event }, window),
          ended: (result) => {
            streams.delete(streamId)
            send('stream:ended', { streamId, failure: result.ok ? null : result.failure }, window)
          },
        },
      )
      streams.set(streamId, stop)
      return succeed(undefined)
    },
    'stream:close': ({ streamId }, window) => {
      const streams = streamsOf(window)
      streams.get(streamId)?.()
      streams.delete(streamId)
      return succeed(undefined)
    },
  }
}
