import { complete } from '../unimplemented.ts'
import { readFileSync } from 'node:fs'

export interface NativeImage {
  toPNG(): Buffer
  toDataURL(): string
  isEmpty(): boolean
  /** In pixels. */
  getSize(): { width: number; height: number }
  addRepresentation(options: object): void
  setTemplateImage(isTemplate: boolean): void
  isTemplateImage(): boolean
}

/** @param png a PNG, or nothing for an empty image. */
export function createImage(png: Buffer): NativeImage {
  // PNG, §11.2.1: width and height stand first in the first chunk.
  const isPng = png.length >= 24 && png.readUInt32BE(0) === 0x89504e47
  let isTemplate = false
  return complete('NativeImage', {
    // Nobody sees it at any scale.
    addRepresentation: () => {},
    setTemplateImage: (template: boolean) => {
      isTemplate = template
    },
    isTemplateImage: () => isTemplate,
    toPNG: () => png,
    toDataURL: () => `data:image/png;base64,${png.toString('base64')}`,
    isEmpty: () => !isPng,
    getSize: () =>
      isPng ? { width: png.readUInt32BE(16), height: png.readUInt32BE(20) } : { width: 0, height: 0 },
  })
}

export const nativeImage = complete('nativeImage', {
  createEmpty: () => createImage(Buffer.alloc(0)),
  createFromDataURL: (url: string) => createImage(Buffer.from(url.split(',')[1] ?? '', 'base64')),
  createFromBuffer: (buffer: Buffer) => createImage(buffer),
  createFromPath: (path: string) => {
    try {
      return createImage(readFileSync(path))
    } catch {
      return createImage(Buffer.alloc(0))
    }
  },
})
