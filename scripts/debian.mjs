/** Programs and libraries of the operating system: installed where that is allowed, named where it is not. */
import { existsSync } from 'node:fs'
import { find, run } from './command.mjs'

/** @typedef {{ package: string, present: () => boolean }} Need */

const library = (/** @type {string} */ name) => () =>
  [
    '/usr/lib',
    '/usr/lib64',
    '/lib',
    `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`,
  ].some((folder) => existsSync(`${folder}/${name}`))
const program =
  (/** @type {string[]} */ ...names) =>
  () =>
    names.some((name) => find(name) !== null)

/** @satisfies {Record<string, Need>} */
export const needs = {
  chromium: {
    package: 'chromium',
    present: () =>
      Boolean(process.env['ELECTRON_HOST_CHROMIUM']) ||
      program('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome')(),
  },
  bus: { package: 'dbus', present: () => ['dbus-run-session', 'dbus-send'].every((name) => find(name)) },
  keyring: { package: 'gnome-keyring', present: program('gnome-keyring-daemon') },
  secretService: { package: 'libsecret-1-0', present: library('libsecret-1.so.0') },
  postgres: { package: 'postgresql', present: () => existsSync('/usr/lib/postgresql') },
  balancer: { package: 'haproxy', present: program('haproxy') },
  virtualDisplay: { package: 'xvfb', present: program('xvfb-run') },
}

const FETCH_MS = 10 * 60_000

/**
 * Makes sure of what the operating system must bring. On Debian, as root, it installs what is missing.
 *
 * @param {Need[]} wanted
 * @param {import('./report.mjs').Progress} progress
 * @returns {Promise<{ ok: boolean, text: string }>} when not ok, `text` is what a person has to type
 */
export async function installFromDebian(wanted, progress) {
  const missing = wanted.filter((need) => !need.present()).map((need) => need.package)
  if (missing.length === 0) return { ok: true, text: 'up to date' }
  const packages = missing.join(' ')
  if (find('apt-get') === null) {
    return { ok: false, text: `install ${packages} with this system's package manager, then try again` }
  }
  if (process.getuid?.() !== 0) return { ok: false, text: `type: sudo apt-get install ${packages}` }
  const options = { env: { DEBIAN_FRONTEND: 'noninteractive' }, deadlineMs: FETCH_MS, onLine: progress.say }
  await run(['apt-get', 'update', '-q'], options)
  const { code, output } = await run(
    ['apt-get', 'install', '-q', '-y', '--no-install-recommends', ...missing],
    options,
  )
  if (code === 0) return { ok: true, text: `installed ${packages}` }
  return { ok: false, text: `apt-get install ${packages} failed:\n${output.slice(-2000)}` }
}
