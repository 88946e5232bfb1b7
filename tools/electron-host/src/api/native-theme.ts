import { EventEmitter } from 'node:events'
import { completeClass } from '../unimplemented.ts'
import { ownerOf, WebContents } from './web-contents.ts'

type ThemeSource = 'system' | 'light' | 'dark'

class NativeTheme extends EventEmitter {
  static {
    completeClass(NativeTheme, 'nativeTheme')
  }

  #source: ThemeSource = 'system'
  readonly shouldUseHighContrastColors = false
  readonly shouldUseInvertedColorScheme = false
  readonly inForcedColorsMode = false
  readonly prefersReducedTransparency = false

  get themeSource(): ThemeSource {
    return this.#source
  }
  set themeSource(source: ThemeSource) {
    if (source === this.#source) return
    this.#source = source
    for (const contents of WebContents.getAllWebContents()) {
      ownerOf(contents).withPage((page) => page.setColorScheme(source))
    }
    this.emit('updated')
  }
  /** The system itself is always light here. */
  get shouldUseDarkColors(): boolean {
    return this.#source === 'dark'
  }
}

export const nativeTheme = new NativeTheme()
