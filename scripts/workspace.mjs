/** What has to be there before anything can run: Node, the installed packages, the built app. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { find, packaged, root, run, windows } from './command.mjs'
import { Trouble } from './report.mjs'

/** @typedef {import('./report.mjs').Outcome} Outcome */
/** @typedef {import('./report.mjs').Progress} Progress */

const MINUTE = 60_000

/** @throws {Trouble} when this Node is older than package.json asks for */
export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new Trouble(`Lectern needs Node 20.19 or newer, and this is ${process.version}.`)
  }
}

/** @param {string} path */
const readJson = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'))

/**
 * Whether node_modules holds what package-lock.json says. Versions are compared and not the ages of the files,
 * which a checkout or a copy changes. npm leaves out what is for other platforms (`optional`) and what nothing
 * asks for (`extraneous`).
 */
function dependenciesMatchLock() {
  if (!existsSync(join(root, 'node_modules/.package-lock.json'))) return false
  const installed = readJson('node_modules/.package-lock.json').packages
  return Object.entries(readJson('package-lock.json').packages).every(
    ([path, wanted]) =>
      path === '' ||
      (path in installed ? installed[path].version === wanted.version : wanted.optional || wanted.extraneous),
  )
}

/**
 * Installs what package-lock.json says, unless it is there already.
 *
 * @param {Progress} progress
 * @returns {Promise<Outcome>}
 * @throws {Trouble} when npm fails
 */
export async function installDependencies(progress) {
  if (dependenciesMatchLock()) return { ok: true, text: 'up to date' }
  const npm = process.env['npm_execpath']
  const { code, output } = await run(
    npm?.endsWith('.js')
      ? [process.execPath, npm, 'ci', '--no-audit', '--no-fund']
      : [find('npm') ?? 'npm', 'ci', '--no-audit', '--no-fund'],
    { deadlineMs: 15 * MINUTE, onLine: progress.say },
  )
  if (code !== 0) {
    const errors = output.split('\n').filter((line) => line.startsWith('npm error'))
    throw new Trouble([...errors.slice(0, 20), 'The packages could not be installed (npm ci).'].join('\n'))
  }
  return { ok: true, text: 'installed' }
}

/**
 * One number for the contents of files and folders: equal means nothing in them changed.
 *
 * @param {string[]} paths relative to the repository
 * @param {(name: string) => boolean} [counts] whether a file or folder of this name is looked at
 */
function fingerprint(paths, counts = () => true) {
  const hash = createHash('sha256')
  const add = (/** @type {string} */ path) => {
    hash.update(`${path}\0`).update(readFileSync(join(root, path)))
  }
  const addAll = (/** @type {string} */ folder) => {
    const entries = readdirSync(join(root, folder), { withFileTypes: true })
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (!counts(entry.name)) continue
      if (entry.isDirectory()) addAll(`${folder}/${entry.name}`)
      else if (entry.isFile()) add(`${folder}/${entry.name}`)
    }
  }
  for (const path of paths) {
    if (statSync(join(root, path)).isDirectory()) addAll(path)
    else add(path)
  }
  return hash.digest('hex')
}

/** In out/, which every build empties first: a build that stopped half-way leaves none. */
const STAMP = 'out/built-from.sha256'
const BUILT = [
  ...['out/main/index.js', 'out/preload/index.cjs', 'out/renderer/index.html', 'out/server/index.js'],
  ...['out/core/index.js', 'out/core/index.d.ts'],
]
const SOURCES = [
  'src',
  'resources/tray',
  'electron.vite.config.ts',
  'tsconfig.json',
  'package.json',
  'package-lock.json',
]

/** @type {() => import('./command.mjs').Command[]} */
const builds = () => [
  // First: it empties out/.
  packaged('electron-vite', ['build']),
  // Core for others: one file that any runtime can load, with the packages it shares with its user left outside.
  packaged('rolldown', [
    ...['src/core/index.ts', '--file=out/core/index.js', '--format=esm', '--platform=neutral', '--sourcemap'],
    ...['--external=zod', '--external=eventsource-parser'],
  ]),
  // Its types go where they find each other: out/core beside out/contract.
  packaged(
    '@typescript/native',
    [
      ...['-p', 'src/core', '--noEmit', 'false', '--declaration', '--emitDeclarationOnly'],
      ...['--rootDir', 'src', '--outDir', 'out'],
    ],
    'tsc',
  ),
]

/**
 * Builds the app and the session core into out/, unless what is there was built from these very sources.
 *
 * @param {Progress} progress
 * @param {{ force?: boolean }} [options]
 * @returns {Promise<Outcome>}
 * @throws {Trouble} when the build fails
 */
export async function buildApp(progress, { force = false } = {}) {
  const sources = fingerprint(SOURCES, (name) => !/\.test\.tsx?$/.test(name))
  const stamp = join(root, STAMP)
  const fresh = BUILT.every((path) => existsSync(join(root, path))) && existsSync(stamp)
  if (!force && fresh && readFileSync(stamp, 'utf8') === sources) return { ok: true, text: 'up to date' }
  for (const build of builds()) {
    const { code, output } = await run(build, { deadlineMs: 10 * MINUTE, onLine: progress.say })
    if (code !== 0) throw new Trouble(`${output}\nThe build failed.`)
  }
  const missing = BUILT.filter((path) => !existsSync(join(root, path)))
  if (missing.length > 0) throw new Trouble(`The build left out ${missing.join(', ')}.`)
  writeFileSync(stamp, sources)
  return { ok: true, text: 'built' }
}

/** Where scripts keep what they need not find out again. Goes away with node_modules. */
export const cacheFolder = join(root, 'node_modules/.cache/lectern')

/** @returns {boolean} whether programs can open windows here */
export const hasDisplay = () =>
  windows ||
  process.platform === 'darwin' ||
  Boolean(process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY'])
