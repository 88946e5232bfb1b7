/** How this window looks and which language it speaks, as the settings say. The theme is main's: it is the system's. */
import { useEffect, useState } from 'react'
import { useStore } from 'zustand'
import { languageFor } from '../contract/settings.ts'
import { useStores } from './stores.tsx'
import { speak } from './words.ts'

/** @returns whether the words of the language are there, so that nobody reads another one first */
export function useAppearance(): boolean {
  const { window } = useStores()
  const language = useStore(window, ({ settings, workspace, failure }) => {
    // Without an answer from main, English is what there is to say so in.
    if (failure) return 'en'
    if (!settings || !workspace) return null
    const { value } = settings.language
    return value === 'system' ? languageFor(workspace.systemLanguages) : value
  })
  const textSize = useStore(window, ({ settings }) => settings?.textSize.value ?? 100)
  const [speaks, setSpeaks] = useState(false)

  useEffect(() => {
    if (language) void speak(language).finally(() => setSpeaks(true))
  }, [language])
  useEffect(() => {
    document.documentElement.style.fontSize = `${textSize}%`
  }, [textSize])
  return speaks
}
