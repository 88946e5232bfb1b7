/** What a chat comes down to, taken from it word for word. */
import type { ChatMessage } from '../../contract/model.ts'

export interface ChatDigest {
  /** What several messages are about; the most frequent first. */
  readonly words: readonly string[]
  /** The messages that have most in common with the others, in the order they were said. */
  readonly quotes: readonly ChatMessage[]
}

const QUOTES = 4
const WORDS = 5
const QUESTIONS = 10
/** Greetings and the like: whoever says so little says nothing of the matter. */
const FEWEST_WORDS = 3

/** Frequent in any English sentence of four letters or more, and so of no help. */
const COMMON = new Set(
  (
    'about after again also always another anything because been before being both could does doing down each even ' +
    'every everyone everything from good great have having hello here into just keep know like little look made make ' +
    'many maybe mean more morning most much must need never next nothing once only other over please quite really ' +
    'right said same should some something still such sure take thank thanks that their them then there these they ' +
    'thing things think this those time today under until very want well were what when where which while whole whose ' +
    'will with without would year yes your yours'
  ).split(' '),
)

const contentWords = (text: string) =>
  new Set(
    (text.toLowerCase().match(/[\p{L}\p{N}][\p{L}\p{N}’'-]{3,}/gu) ?? []).filter((word) => !COMMON.has(word)),
  )

export function digest(messages: readonly ChatMessage[]): ChatDigest {
  const wordsOf = messages.map(({ text }) => contentWords(text))
  const frequency = new Map<string, number>()
  for (const words of wordsOf) for (const word of words) frequency.set(word, (frequency.get(word) ?? 0) + 1)

  const words = [...frequency]
    .filter(([, times]) => times > 1)
    .sort(([a, timesA], [b, timesB]) => timesB - timesA || a.localeCompare(b))
    .slice(0, WORDS)
    .map(([word]) => word)

  const weights = wordsOf.map((own) => {
    const shared = [...own].reduce((sum, word) => sum + (frequency.get(word) ?? 0), 0)
    // By the root: otherwise the longest message always wins, or the shortest.
    return own.size < FEWEST_WORDS ? 0 : shared / Math.sqrt(own.size)
  })
  const heaviest = new Set(
    [...messages.keys()].sort((a, b) => (weights[b] ?? 0) - (weights[a] ?? 0) || b - a).slice(0, QUOTES),
  )
  return { words, quotes: messages.filter((_, position) => heaviest.has(position)) }
}

/**
 * Questions after which nobody of the other side has written: those who teach have not after a learner's, no learner
 * has after a teacher's. An answer in the wrong place counts as an answer; a question nobody could answer does not.
 */
export function openQuestions(messages: readonly ChatMessage[]): ChatMessage[] {
  const teaches = ({ author }: ChatMessage) => author.role !== 'learner'
  return messages
    .filter(
      (message, position) =>
        /[?？]\s*$/.test(message.text.trim()) &&
        !messages.slice(position + 1).some((later) => teaches(later) !== teaches(message)),
    )
    .slice(-QUESTIONS)
}
