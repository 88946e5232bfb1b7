/** The shape of an answer: paragraphs and lists. It is plain text and stays text; nothing in it becomes a part of the page. */

export type AnswerBlock =
  | { readonly kind: 'paragraph'; readonly lines: readonly string[] }
  | { readonly kind: 'list'; readonly ordered: boolean; readonly items: readonly string[] }

const BULLET = /^\s{0,8}[-*•–]\s+(.*)$/u
const NUMBER = /^\s{0,8}\d{1,3}[.)]\s+(.*)$/u

/** Of an answer that may still be growing: what has come so far reads the same when more comes. */
export function answerBlocks(text: string): readonly AnswerBlock[] {
  const blocks: AnswerBlock[] = []
  /** What the next line may belong to; null after an empty one. */
  let open: { kind: 'paragraph' | 'bullets' | 'numbers'; lines: string[] } | null = null

  const close = () => {
    if (!open) return
    const { kind, lines } = open
    blocks.push(
      kind === 'paragraph' ? { kind, lines } : { kind: 'list', ordered: kind === 'numbers', items: lines },
    )
    open = null
  }
  const put = (kind: 'paragraph' | 'bullets' | 'numbers', line: string) => {
    if (open?.kind !== kind) {
      close()
      open = { kind, lines: [] }
    }
    open.lines.push(line)
  }

  for (const line of text.split(/\r\n|\n|\r/)) {
    const bullet = BULLET.exec(line)
    const number = NUMBER.exec(line)
    if (line.trim() === '') close()
    else if (bullet) put('bullets', bullet[1] ?? '')
    else if (number) put('numbers', number[1] ?? '')
    else put('paragraph', line.trim())
  }
  close()
  return blocks
}
