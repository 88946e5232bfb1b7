import { useEffect, useEffectEvent } from 'react'
import { useStore } from 'zustand'
import { useStores } from '../../stores.tsx'
import { keyPressed, type RoomKey } from './shortcuts.ts'

const OPEN_OVER_THE_PAGE = '[role=dialog], [role=alertdialog], [role=menu]'
const FIELDS = 'input:not([type=checkbox], [type=radio], [type=button]), textarea, select, [contenteditable]'

/**
 * Calls `act` for the keys of shortcuts.ts, unless something lies over the page and has the keyboard to itself.
 *
 * @param act says whether the key was its own; others may listen too
 */
export function useShortcuts(act: (key: RoomKey) => boolean): void {
  const { window: store } = useStores()
  const singleKeys = useStore(store, ({ settings }) => settings?.singleKeyShortcuts.value ?? true)
  const isMac = useStore(store, ({ workspace }) => workspace?.platform === 'mac')

  const onKeyDown = useEffectEvent((event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing || document.querySelector(OPEN_OVER_THE_PAGE)) return
    const inField = event.target instanceof Element && event.target.closest(FIELDS) !== null
    const key = keyPressed(event, { inField, singleKeys, isMac })
    if (key !== null && act(key)) event.preventDefault()
  })

  useEffect(() => {
    document.addEventListener('keydown', onKeyDown)
    return () => document.removeEventListener('keydown', onKeyDown)
  }, [])
}
