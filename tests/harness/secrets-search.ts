/** Looks for secrets where none may be: in files, byte by byte, in every encoding that would still be one. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface Finding {
  readonly file: string
  readonly encoding: string
  /** How the secret starts; enough to tell which one it is. */
  readonly secret: string
}

const SHOWN = 8
const ENOUGH = 32

/**
 * Parts of a secret that give it away. A copy may be truncated or split, so the middle and the end are looked for
 * by themselves; the beginning is not, because every JWT of a server begins alike.
 */
export function partsOf(secret: string): readonly string[] {
  if (secret.length <= 2 * ENOUGH) return [secret]
  const middle = Math.floor(secret.length / 2)
  return [secret.slice(middle - ENOUGH, middle), secret.slice(-ENOUGH)]
}

/** What base64 of a text that contains this one contains, whichever of the three alignments it falls into. */
function insideBase64(text: string, encoding: 'base64' | 'base64url'): readonly string[] {
  return [0, 1, 2].map((shift) => {
    const encoded = Buffer.from('\0'.repeat(shift) + text).toString(encoding)
    // The first and the last characters hold bits of the neighbours.
    return encoded.replaceAll('=', '').slice(shift === 0 ? 0 : shift + 1, -2)
  })
}

function encodingsOf(text: string): readonly (readonly [string, Buffer])[] {
  return [
    ['plain', Buffer.from(text, 'utf8')],
    ['UTF-16', Buffer.from(text, 'utf16le')],
    ['hexadecimal', Buffer.from(Buffer.from(text).toString('hex'))],
    ...insideBase64(text, 'base64').map((inside) => ['base64', Buffer.from(inside)] as const),
    ...insideBase64(text, 'base64url').map((inside) => ['base64url', Buffer.from(inside)] as const),
  ]
}

/**
 * Searches every file under a folder. Files that come and go meanwhile are no error.
 *
 * @returns each place once; empty is good news only when `secrets` is not
 * @throws Error when there are no secrets to look for
 */
export async function searchFiles(folder: string, secrets: Iterable<string>): Promise<readonly Finding[]> {
  const wanted = [...secrets].map((secret) => ({ secret, needles: partsOf(secret).flatMap(encodingsOf) }))
  if (wanted.length === 0) throw new Error('There are no secrets to look for.')
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const found: Finding[] = []
  for (const entry of entries.filter((one) => one.isFile())) {
    const file = join(entry.parentPath, entry.name)
    const bytes = await readFile(file).catch(() => Buffer.alloc(0))
    for (const { secret, needles } of wanted) {
      const hit = needles.find(([, needle]) => bytes.includes(needle))
      if (hit) found.push({ file, encoding: hit[0], secret: `${secret.slice(0, SHOWN)}…` })
    }
  }
  return found
}
