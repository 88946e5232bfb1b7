import { resolve } from 'node:path'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'electron-vite'
import type { Plugin } from 'vite'
import { channels, events, WindowKind } from './src/contract/ipc.ts'

const at = (path: string) => resolve(import.meta.dirname, path)

/** electron-vite makes asset links relative; ours are absolute, so that a page at any path finds them. */
const absoluteLinks: Plugin = {
  name: 'lectern:absolute-links',
  enforce: 'post',
  config: () => ({ base: '/' }),
}

export default defineConfig({
  main: {
    build: {
      // One build for every process that runs on Node, so that they share their chunks. It empties out/ first.
      outDir: at('out'),
      emptyOutDir: true,
      sourcemap: true,
      // The server also runs on plain Node, from the oldest that package.json allows.
      target: 'node20.19',
      rolldownOptions: {
        input: {
          'main/index': at('src/main/index.ts'),
          'main/keychain-process': at('src/main/keychain-process.ts'),
          'server/index': at('src/server/index.ts'),
          'server/audio-worker': at('src/server/audio/audio-worker.ts'),
        },
        output: {
          format: 'es',
          entryFileNames: '[name].js',
          chunkFileNames: 'chunks/[name]-[hash].js',
        },
      },
    },
  },
  preload: {
    // The names are written into the script: it needs no schema, so zod stays out of it.
    define: {
      CHANNEL_NAMES: JSON.stringify(Object.keys(channels)),
      EVENT_NAMES: JSON.stringify(Object.keys(events)),
      WINDOW_KINDS: JSON.stringify(WindowKind.options),
    },
    build: {
      outDir: at('out/preload'),
      externalizeDeps: false,
      rolldownOptions: {
        input: { index: at('src/preload/index.ts') },
        // A sandboxed preload is loaded as CommonJS, whatever package.json says, and can require no file.
        output: { format: 'cjs', entryFileNames: '[name].cjs', codeSplitting: false },
      },
    },
  },
  renderer: {
    root: at('src/renderer'),
    plugins: [react(), tailwindcss(), absoluteLinks],
    build: {
      outDir: at('out/renderer'),
      // electron-vite leaves this off; a page that is parsed at every start should be small.
      minify: true,
      rolldownOptions: { input: at('src/renderer/index.html') },
    },
  },
})
