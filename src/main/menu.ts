/** The menus of the application, as each platform expects them, and of text under the pointer. */
import type { MenuItemConstructorOptions } from 'electron'
import type { Page } from '../contract/ipc.ts'
import type { Translate } from './desktop-words.ts'

export interface MenuActions {
  show(page: Page): void
  showShortcuts(): void
}

type Items = MenuItemConstructorOptions[]
const separator = { type: 'separator' } as const

/** In the order of the rail beside the page. Ctrl or Command, with these digits, goes there. */
const pages = ['sessions', 'library', 'jobs', 'diagnostics'] as const

/** Words of our own for every role: Electron has them in English only. Nothing reloads a page: a class may be on it. */
export function applicationMenu(
  platform: NodeJS.Platform,
  translate: Translate,
  actions: MenuActions,
): Items {
  const isMac = platform === 'darwin'
  const settings: MenuItemConstructorOptions = {
    id: 'settings',
    label: translate('menu.settings'),
    accelerator: 'CmdOrCtrl+,',
    click: () => actions.show({ name: 'settings' }),
  }
  const about = { role: 'about', label: translate('menu.about') } as const
  const quit = { role: 'quit', label: translate('menu.quit') } as const
  const close = { role: 'close', label: translate('menu.closeWindow'), accelerator: 'CmdOrCtrl+W' } as const

  const app: Items = [
    about,
    separator,
    settings,
    separator,
    { role: 'services', label: translate('menu.services') },
    separator,
    { role: 'hide', label: translate('menu.hide') },
    { role: 'hideOthers', label: translate('menu.hideOthers') },
    { role: 'unhide', label: translate('menu.showAll') },
    separator,
    quit,
  ]
  const view: Items = [
    ...pages.map((name, index) => ({
      id: name,
      label: translate(`menu.${name}`),
      accelerator: `CmdOrCtrl+${index + 1}`,
      click: () => actions.show({ name }),
    })),
    { ...settings, id: 'settings-page', accelerator: `CmdOrCtrl+${pages.length + 1}` },
    separator,
    { role: 'resetZoom', label: translate('menu.actualSize') },
    { role: 'zoomIn', label: translate('menu.zoomIn') },
    // The plus sign of many keyboards needs no Shift, and that of others does.
    { role: 'zoomIn', label: translate('menu.zoomIn'), accelerator: 'CmdOrCtrl+=', visible: false },
    { role: 'zoomOut', label: translate('menu.zoomOut') },
    separator,
    { role: 'togglefullscreen', label: translate('menu.fullScreen') },
  ]
  const window: Items = [
    { role: 'minimize', label: translate('menu.minimize') },
    ...(isMac
      ? ([
          { role: 'zoom', label: translate('menu.zoom') },
          separator,
          { role: 'front', label: translate('menu.bringToFront') },
        ] as const)
      : [close]),
  ]
  const help: Items = [
    {
      id: 'shortcuts',
      label: translate('menu.shortcuts'),
      accelerator: 'CmdOrCtrl+/',
      click: actions.showShortcuts,
    },
    {
      id: 'help-diagnostics',
      label: translate('menu.diagnostics'),
      click: () => actions.show({ name: 'diagnostics' }),
    },
    ...(isMac ? [] : [separator, about]),
  ]

  return [
    ...(isMac ? [{ label: 'Lectern', submenu: app }] : []),
    { id: 'file', label: translate('menu.file'), submenu: isMac ? [close] : [settings, separator, quit] },
    { label: translate('menu.edit'), submenu: editItems(translate) },
    { label: translate('menu.view'), submenu: view },
    { role: 'window', label: translate('menu.window'), submenu: window },
    { role: 'help', label: translate('menu.help'), submenu: help },
  ]
}

function editItems(translate: Translate): Items {
  return [
    { role: 'undo', label: translate('menu.undo') },
    { role: 'redo', label: translate('menu.redo') },
    separator,
    { role: 'cut', label: translate('menu.cut') },
    { role: 'copy', label: translate('menu.copy') },
    { role: 'paste', label: translate('menu.paste') },
    { role: 'pasteAndMatchStyle', label: translate('menu.pasteAsText') },
    separator,
    { role: 'selectAll', label: translate('menu.selectAll') },
  ]
}

/** What Chromium says of the place that was clicked. */
export interface TextUnderPointer {
  readonly isEditable: boolean
  readonly selectionText: string
  readonly misspelledWord: string
  readonly dictionarySuggestions: readonly string[]
  readonly editFlags: { readonly canCut: boolean; readonly canCopy: boolean; readonly canPaste: boolean }
}

export interface TextActions {
  replaceMisspelling(word: string): void
  learn(word: string): void
}

const MOST_SUGGESTIONS = 5

/** @returns null where there is nothing to cut, copy or paste */
export function textMenu(text: TextUnderPointer, translate: Translate, actions: TextActions): Items | null {
  const { isEditable, selectionText, misspelledWord, dictionarySuggestions, editFlags } = text
  const copy = { role: 'copy', label: translate('menu.copy'), enabled: editFlags.canCopy } as const
  if (!isEditable) return selectionText.trim() === '' ? null : [copy]

  const suggestions: Items = dictionarySuggestions
    .slice(0, MOST_SUGGESTIONS)
    .map((word) => ({ label: word, click: () => actions.replaceMisspelling(word) }))
  const spelling: Items = misspelledWord
    ? [
        ...(suggestions.length > 0
          ? suggestions
          : [{ label: translate('menu.noSuggestions'), enabled: false }]),
        separator,
        {
          label: translate('menu.learnWord', { word: misspelledWord }),
          click: () => actions.learn(misspelledWord),
        },
        separator,
      ]
    : []
  return [
    ...spelling,
    { role: 'cut', label: translate('menu.cut'), enabled: editFlags.canCut },
    copy,
    { role: 'paste', label: translate('menu.paste'), enabled: editFlags.canPaste },
    separator,
    { role: 'selectAll', label: translate('menu.selectAll') },
  ]
}
