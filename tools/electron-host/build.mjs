/**
 * Builds the host into dist/: `node tools/electron-host/build.mjs`, less than a second; with `--if-stale` only when a
 * source is newer than what stands there. The default export does the latter, as globalSetup of the host's own tests.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { build } from 'rolldown'

const at = (/** @type {string} */ path) => join(import.meta.dirname, path)

async function buildHost() {
  const electron = createRequire(import.meta.url).resolve('electron/package.json')
  const { version } = JSON.parse(readFileSync(electron, 'utf8'))
  // The scripts of the page are read as text by the host, so each is one self-contained function.
  const page = (/** @type {string} */ name) =>
    build({
      input: at(`src/page/${name}.ts`),
      output: { file: at(`dist/${name}.js`), format: 'iife', name: 'electronHost', exports: 'named' },
    })
  await Promise.all([page('preload-world'), page('main-world')])
  // Last, because its time stamp says whether the build is fresh.
  await build({
    input: { executable: at('src/executable.ts'), utility: at('src/utility/bootstrap.ts') },
    platform: 'node',
    external: [/^[^./]/],
    transform: { define: { ELECTRON_VERSION: JSON.stringify(version) } },
    output: {
      dir: at('dist'),
      // CommonJS: Playwright's loader is required, and must find the host's `electron`, before anything is imported.
      format: 'cjs',
      entryFileNames: '[name].cjs',
      chunkFileNames: 'shared.cjs',
      sourcemap: true,
    },
  })
}

/** Milliseconds since the epoch. */
function newestSource() {
  const sources = readdirSync(at('src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  return Math.max(...[...sources, import.meta.filename].map((file) => statSync(file).mtimeMs))
}

export default async function buildIfStale() {
  const built = at('dist/executable.cjs')
  if (!existsSync(built) || statSync(built).mtimeMs < newestSource()) await buildHost()
}

if (process.argv[1] === import.meta.filename) {
  await (process.argv.includes('--if-stale') ? buildIfStale() : buildHost())
}
