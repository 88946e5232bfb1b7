import {
  channels,
  MAX_IPC_BYTES,
  type Capability,
  type ChannelName,
  type ChannelResponse,
} from '../contract/ipc.ts'
import { Failure, fail, type Result } from '../contract/model.ts'
import type { z } from 'zod'

export type ParsedRequest<C extends ChannelName> = z.output<(typeof channels)[C]['request']>
type Answer<T> = Promise<Result<T>> | Result<T>
export type Handler<C extends ChannelName, Window> = (
  request: ParsedRequest<C>,
  window: Window,
) => Answer<ChannelResponse<C>>

export interface Sender<Window> {
  readonly window: Window
  readonly capabilities: ReadonlySet<Capability>
}

/**
 * Carries out one request if its sender holds the capability, it is of fair size and it fits its schema; lets the
 * answer leave only if it fits too. Never rejects.
 *
 * @param sender null when the request came from anything but the top frame of a page of ours
 * @param report for the log; gets no part of a request
 */
export async function answerRequest<C extends ChannelName, Window>(
  name: C,
  handler: Handler<C, Window>,
  request: unknown,
  sender: Sender<Window> | null,
  report: (event: string, error?: unknown) => void,
): Promise<Result<unknown>> {
  const channel = channels[name]
  if (!sender?.capabilities.has(channel.capability)) {
    report(`ipc ${name}: the sender may not`)
    return fail('forbidden', 'This window may not do that.')
  }
  if (sizeOf(request) > MAX_IPC_BYTES) {
    return fail('invalid-request', 'That is too much at once.', { cause: name })
  }
  try {
    const parsed = channel.request.safeParse(request)
    if (!parsed.success) {
      const [first] = parsed.error.issues
      // The schemas' messages are written for people wherever a person can cause them.
      return fail('invalid-request', first?.message ?? 'That makes no sense.', {
        cause: `${name} ${first?.path.join('.') ?? ''}`.trim(),
      })
    }
    const result = await handler(parsed.data as ParsedRequest<C>, sender.window)
    if (!result.ok) return { ok: false, failure: Failure.parse(result.failure) }
    const value: unknown = channel.response.parse(result.value)
    if (sizeOf(value) > MAX_IPC_BYTES) throw new Error('the answer is too large')
    return { ok: true, value }
  } catch (error) {
    report(`ipc ${name}`, error)
    return fail('internal', 'Something went wrong inside Lectern. Please try again.', { retryable: true })
  }
}

/** Bytes as JSON, and those of byte arrays as they are; a value that has no JSON (a cycle, a BigInt) is larger than anything. */
function sizeOf(value: unknown): number {
  let bytes = 0
  try {
    const text: string | undefined = JSON.stringify(value, (_key, part: unknown) => {
      if (!ArrayBuffer.isView(part)) return part
      // As JSON, each of them would be a number with a name.
      bytes += part.byteLength
      return null
    })
    return text === undefined ? 0 : bytes + Buffer.byteLength(text)
  } catch {
    return Infinity
  }
}
