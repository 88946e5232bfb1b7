export interface TextPart {
  readonly text: string
  /** Null for what is no link. */
  readonly href: string | null
}

const ADDRESS = /https:\/\/[^\s<>"]+/giu
/** Ends the sentence around the address, not the address. */
const TRAILING = /[.,;:!?'’)\]}»”،؛؟]+$/u

/** Only https, and nothing that carries a name and password: the same rule main opens links by. */
export function partsOf(text: string): readonly TextPart[] {
  const parts: TextPart[] = []
  let from = 0
  const put = (to: number, href: string | null) => {
    if (to > from) parts.push({ text: text.slice(from, to), href })
    from = to
  }
  for (const { 0: found, index } of text.matchAll(ADDRESS)) {
    const address = withoutTrailing(found)
    const url = URL.canParse(address) ? new URL(address) : null
    if (!url || url.username || url.password) continue
    put(index, null)
    put(index + address.length, url.href)
  }
  put(text.length, null)
  return parts
}

function withoutTrailing(address: string): string {
  const trailing = TRAILING.exec(address)?.[0]
  if (!trailing) return address
  // A bracket that was opened within the address belongs to it, as in Wikipedia's.
  const closes = trailing.startsWith(')') && address.includes('(')
  return address.slice(0, address.length - trailing.length + (closes ? 1 : 0))
}
