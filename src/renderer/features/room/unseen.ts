import type { Room } from './rooms-store.ts'

/** Messages of others that nobody has seen at this window yet, as far as they are held. */
export function unseenCount({ chat, reading }: Room, me: string): number {
  let count = 0
  for (let index = chat.messages.length - 1; index >= 0; index -= 1) {
    const message = chat.messages[index]
    if (!message || message.seq <= reading.seenSeq) break
    if (message.author.id !== me) count += 1
  }
  return count
}
