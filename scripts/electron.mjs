/** The program that runs the built app: Electron, or the Electron host where Electron's files cannot be had. */
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, run } from './command.mjs'
import { installFromDebian, needs } from './debian.mjs'
import { Trouble } from './report.mjs'
import { cacheFolder } from './workspace.mjs'

/** @typedef {import('./report.mjs').Progress} Progress */

/**
 * @typedef {object} Runtime
 * @property {'electron' | 'host'} kind
 * @property {string} program
 * @property {NodeJS.ProcessEnv} env makes `require('electron')`, and so Playwright, find the same program
 */

const DOWNLOAD_MS = 5 * 60_000
const RETRY_DOWNLOAD_MS = 24 * 60 * 60_000

const electronFolder = join(root, 'node_modules/electron')
const hostFolder = join(root, 'tools/electron-host')
const refusedMarker = join(cacheFolder, 'electron-not-downloadable')

/** Electron's own installer writes the program's name here when everything is in place. */
const pathFile = join(electronFolder, 'path.txt')

/** @returns {string | null} */
function installedElectron() {
  if (!existsSync(pathFile)) return null
  const program = join(electronFolder, 'dist', readFileSync(pathFile, 'utf8'))
  return existsSync(program) ? program : null
}

const refusedToday = () =>
  existsSync(refusedMarker) && Date.now() - statSync(refusedMarker).mtimeMs < RETRY_DOWNLOAD_MS

/**
 * Electron, downloaded if need be. A download that failed is not tried again for a day.
 *
 * @param {Progress} progress
 * @returns {Promise<string | null>} its program; null where it cannot be had
 */
async function electron(progress) {
  const already = installedElectron()
  if (already || refusedToday()) return already
  progress.say('downloading Electron, about 110 MB')
  await run([process.execPath, join(electronFolder, 'install.js')], { deadlineMs: DOWNLOAD_MS })
  const program = installedElectron()
  if (program) {
    rmSync(refusedMarker, { force: true })
  } else {
    mkdirSync(cacheFolder, { recursive: true })
    writeFileSync(refusedMarker, '')
  }
  return program
}

/**
 * Electron's files, for packaging: nothing else can stand in for them there.
 *
 * @param {Progress} progress
 * @returns {Promise<{ ok: boolean, text: string, folder: string | null }>}
 */
export async function electronFiles(progress) {
  const program = await electron(progress)
  return program
    ? { ok: true, text: 'present', folder: join(electronFolder, 'dist') }
    : {
        ok: false,
        text: "Electron's files cannot be downloaded here, and there is no packaging without",
        folder: null,
      }
}

/**
 * @param {Progress} progress
 * @returns {Promise<Runtime>}
 * @throws {Trouble} when Chromium is missing or the host does not build
 */
async function host(progress) {
  if (process.platform !== 'linux') {
    throw new Trouble('Electron cannot be downloaded here, and what stands in for it runs on Linux only.')
  }
  progress.say('looking for Chromium')
  const chromium = await installFromDebian([needs.chromium], progress)
  if (!chromium.ok) throw new Trouble(`The Electron host needs Chromium: ${chromium.text}`)
  progress.say('building tools/electron-host')
  const { code, output } = await run([process.execPath, join(hostFolder, 'build.mjs'), '--if-stale'])
  if (code !== 0) throw new Trouble(`${output}\ntools/electron-host did not build.`)
  const folder = join(hostFolder, 'bin')
  return {
    kind: 'host',
    program: join(folder, 'electron'),
    env: { ELECTRON_OVERRIDE_DIST_PATH: folder },
  }
}

/**
 * Finds the program to run the app with, and makes it ready.
 *
 * @param {Progress} progress
 * @returns {Promise<{ ok: true, text: string, runtime: Runtime }>}
 * @throws {Trouble} when there is neither Electron nor the host
 */
export async function findRuntime(progress) {
  const program = await electron(progress)
  return program
    ? { ok: true, text: 'present', runtime: { kind: 'electron', program, env: {} } }
    : {
        ok: true,
        text: 'cannot be downloaded here: using tools/electron-host with Chromium',
        runtime: await host(progress),
      }
}
