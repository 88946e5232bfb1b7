/**
 * A language model behind the interface most of them offer: OpenAI's chat completions, streamed
 * (https://platform.openai.com/docs/api-reference/chat-streaming).
 */
import { createParser } from 'eventsource-parser'
import { z } from 'zod'
import type { LanguageModelSettings } from '../settings.ts'

export interface LanguageModel {
  /**
   * The answer in pieces as they come.
   *
   * @throws {ModelFailure} when it does not answer, stops in the middle or says nothing for too long
   */
  answer(prompt: readonly ChatTurn[], signal: AbortSignal): AsyncGenerator<string>
}

export interface ChatTurn {
  readonly role: 'system' | 'user'
  readonly content: string
}

/** Says why in words for the log: never the address, the key or what was said. */
class ModelFailure extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ModelFailure'
  }
}

/** Between two signs of life; a large model may think for a while before its first word. */
const SILENCE_MS = 30_000
const WHOLE_ANSWER_MS = 180_000
const MAX_ANSWER_CHARS = 50_000
const MAX_ANSWER_TOKENS = 2000

const Chunk = z.object({
  choices: z.array(
    z.object({
      delta: z.object({ content: z.string().nullish() }).optional(),
      finish_reason: z.string().nullish(),
    }),
  ),
})

/** @param silenceMs how long nothing may come */
export function createLanguageModel(
  { url, key, model }: LanguageModelSettings,
  silenceMs = SILENCE_MS,
): LanguageModel {
  const target = `${url.replace(/\/+$/, '')}/chat/completions`

  async function* read(body: AsyncIterable<Uint8Array>, heard: () => void): AsyncGenerator<string> {
    let text = ''
    let finished = false
    const parser = createParser({
      onEvent({ data }) {
        if (data === '[DONE]') finished = true
        else {
          const { choices } = Chunk.parse(JSON.parse(data))
          text += choices[0]?.delta?.content ?? ''
          finished ||= Boolean(choices[0]?.finish_reason)
        }
      },
    })
    const utf8 = new TextDecoder()
    let length = 0
    for await (const bytes of body) {
      heard()
      parser.feed(utf8.decode(bytes, { stream: true }))
      length += text.length
      if (length > MAX_ANSWER_CHARS) throw new ModelFailure('it does not stop')
      if (text !== '') yield text
      text = ''
      // Some services leave the connection open after the last word.
      if (finished) return
    }
    throw new ModelFailure('it stopped in the middle')
  }

  return {
    async *answer(prompt, signal) {
      const silent = new AbortController()
      const silence = setTimeout(() => silent.abort(), silenceMs)
      const deadline = AbortSignal.timeout(WHOLE_ANSWER_MS)
      try {
        const response = await fetch(target, {
          method: 'POST',
          headers: {
            accept: 'text/event-stream',
            'content-type': 'application/json',
            ...(key === null ? {} : { authorization: `Bearer ${key}` }),
          },
          body: JSON.stringify({ model, stream: true, max_tokens: MAX_ANSWER_TOKENS, messages: prompt }),
          // The key is for this address and for no other.
          redirect: 'error',
          signal: AbortSignal.any([signal, silent.signal, deadline]),
        })
        if (response.status !== 200 || !response.body) {
          await response.body?.cancel()
          throw new ModelFailure(`it answered with status ${response.status}`)
        }
        yield* read(response.body, () => silence.refresh())
      } catch (error) {
        if (error instanceof ModelFailure) throw error
        if (silent.signal.aborted || deadline.aborted) throw new ModelFailure('it took too long')
        throw new ModelFailure(reasonOf(error))
      } finally {
        clearTimeout(silence)
      }
    },
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError || error instanceof SyntaxError) return 'its answer makes no sense'
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause ? `no connection: ${String(cause.code)}` : 'no connection'
}
