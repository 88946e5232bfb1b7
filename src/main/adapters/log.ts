import { createRotatingFile } from './rotating-file.ts'

const MAX_BYTES = 2 * 1024 * 1024
const FILES = 3
/** Tokens are longer than this; words, paths and ids of people are not. */
const LONGEST_WORD = 40

export interface Log {
  /** One line for whoever mends Lectern; stacks belong here and nowhere else. Never throws. */
  write(event: string, error?: unknown): void
  flush(): Promise<void>
  /** Its last lines. @param bytes at most */
  recent(bytes: number): Promise<string>
}

/**
 * Messages of foreign code can quote what they were given, a header with a token for instance. A slash ends a word,
 * or the paths in a stack would go as well.
 */
export function withoutSecrets(text: string): string {
  return text
    .replaceAll(/\b(Bearer|Basic)\s+\S+/gi, '$1 [removed]')
    .replaceAll(new RegExp(`[\\w+=.~-]{${LONGEST_WORD},}`, 'g'), '[removed]')
}

const describe = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : String(error)

export function createLog(path: string): Log {
  const file = createRotatingFile(path, MAX_BYTES, FILES)
  return {
    write(event, error) {
      const line = { at: new Date().toISOString(), event: withoutSecrets(event) }
      file.append(
        JSON.stringify(error === undefined ? line : { ...line, error: withoutSecrets(describe(error)) }),
      )
    },
    flush: () => file.flush(),
    async recent(bytes) {
      const newestFirst: string[] = []
      let left = bytes
      for await (const lines of file.readBack()) {
        for (const line of lines.toReversed()) {
          left -= Buffer.byteLength(line) + 1
          if (left < 0) return newestFirst.reverse().join('\n')
          newestFirst.push(line)
        }
      }
      return newestFirst.reverse().join('\n')
    },
  }
}
