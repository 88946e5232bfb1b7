/**
 * Puts text on the clipboard the way a person's own Ctrl+C does, which needs no permission; pages of ours have none.
 * @returns whether it is there
 */
export function copyText(text: string): boolean {
  const give = (event: ClipboardEvent) => {
    event.clipboardData?.setData('text/plain', text)
    event.preventDefault()
  }
  document.addEventListener('copy', give, { once: true })
  try {
    // Deprecated for a successor that asks for a permission.
    return document.execCommand('copy')
  } finally {
    document.removeEventListener('copy', give)
  }
}
