/** Names that every file system takes, Windows' the strictest: a copy may be put on a stick and opened elsewhere. */

/** https://learn.microsoft.com/windows/win32/fileio/naming-a-file */
const FORBIDDEN = /[\p{Cc}\p{Cs}<>:"/\\|?*]/gu
/** Nobody sees them, and some turn what follows around: `…3pm.exe` would read `…exe.mp3`. Two of them join letters. */
const UNSEEN = /(?![\u200c\u200d])\p{Cf}/gu
const DEVICES = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|$)/i
/** Most file systems take 255 bytes; the rest is for what a person or a system adds, such as " (2)". */
const MAX_BYTES = 200

/** What was meant, as a name that no system takes for a path, a device or a hidden file. */
export function safeFileName(wanted: string): string {
  const plain = wanted
    .normalize('NFC')
    .replace(UNSEEN, '')
    .replace(FORBIDDEN, '_')
    .replace(/^[\s.]+|[\s.]+$/g, '')
    .replace(DEVICES, '_$1')
  const extension = /\.[a-z0-9]{1,8}$/i.exec(plain)?.[0] ?? ''
  const stem = cutTo(plain.slice(0, plain.length - extension.length), MAX_BYTES - extension.length)
  return (stem.trimEnd() || 'file') + extension
}

/** Whole characters of at most so many bytes as UTF-8. */
function cutTo(text: string, bytes: number): string {
  let left = bytes
  let kept = ''
  for (const character of text) {
    left -= Buffer.byteLength(character)
    if (left < 0) break
    kept += character
  }
  return kept
}
