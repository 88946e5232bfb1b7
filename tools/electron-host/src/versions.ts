/** Written in by build.mjs: the Electron in node_modules, whose interface the host answers with. */
declare const ELECTRON_VERSION: string

export const electronVersion = ELECTRON_VERSION

let chrome = ''
/** @param product as Chromium names itself, `Chrome/156.0.8078.79`. */
export function setChromeVersion(product: string): void {
  chrome = product.split('/')[1] ?? product
}
export const chromeVersion = (): string => chrome
