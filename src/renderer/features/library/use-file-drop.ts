import { useEffect, useEffectEvent, useState } from 'react'

/** Folders by name: a page can read none, and each would fail in its own strange way. */
type Dropped = (files: readonly File[], folders: readonly string[]) => void

const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false

/**
 * Takes files that are dropped anywhere on the window.
 *
 * @returns whether some hang above it now
 */
export function useFileDrop(dropped: Dropped): boolean {
  const [above, setAbove] = useState(false)
  const take = useEffectEvent(dropped)

  useEffect(() => {
    const listening = new AbortController()
    const on = (name: 'dragenter' | 'dragover' | 'dragleave' | 'drop', act: (event: DragEvent) => void) =>
      window.addEventListener(
        name,
        (event) => {
          if (carriesFiles(event)) act(event)
        },
        { signal: listening.signal },
      )
    const stay = (event: DragEvent) => {
      event.preventDefault()
      if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy'
      setAbove(true)
    }
    on('dragenter', stay)
    on('dragover', stay)
    on('dragleave', (event) => {
      // From one part of the page to another is no leaving.
      if (event.relatedTarget === null) setAbove(false)
    })
    on('drop', (event) => {
      event.preventDefault()
      setAbove(false)
      const items = [...(event.dataTransfer?.items ?? [])].filter(({ kind }) => kind === 'file')
      const folders = items.flatMap((item) => {
        const entry = item.webkitGetAsEntry()
        return entry?.isDirectory ? [entry.name] : []
      })
      take(
        [...(event.dataTransfer?.files ?? [])].filter(({ name }) => !folders.includes(name)),
        folders,
      )
    })
    return () => listening.abort()
  }, [])

  return above
}
