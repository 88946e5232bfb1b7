/** Bundles the simulation, broken on purpose or not, and plays seeds on all cores. */
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { rolldown } from 'rolldown'
import { root } from './command.mjs'
import { Trouble } from './report.mjs'
import { cacheFolder } from './workspace.mjs'

/** @typedef {{ file: string, find: string, replace: string }} Edit `file` is in src/core; `find` stands there once */

/**
 * @typedef {object} Played
 * @property {number} seed
 * @property {'calm' | 'day' | 'storm'} kind
 * @property {{ property: string, what: string }[]} violations
 * @property {import('../tests/simulation/judge.ts').Measures} measures
 */

const BATCH = 20

/**
 * @param {string} name of the bundle
 * @param {readonly Edit[]} [edits] applied to what is bundled; the files stay as they are
 * @returns {Promise<string>} where it is
 * @throws {Trouble} when an edit does not fit exactly once
 */
export async function bundleSimulation(name, edits = []) {
  /** @type {Map<string, string>} */
  const edited = new Map()
  for (const { file, find, replace } of edits) {
    const path = join(root, 'src/core', file)
    const parts = (edited.get(path) ?? readFileSync(path, 'utf8')).split(find)
    if (parts.length !== 2) throw new Trouble(`"${find}" is ${parts.length - 1} times in ${path}, not once.`)
    edited.set(path, parts.join(replace))
  }
  const load = (/** @type {string} */ id) => {
    const code = edited.get(id)
    return code === undefined ? null : { code, moduleType: /** @type {const} */ ('ts') }
  }
  const bundle = await rolldown({
    input: join(root, 'tests/simulation/run.ts'),
    platform: 'node',
    plugins: [{ name: 'edits', load }],
  })
  const file = join(cacheFolder, 'simulation', `${name}.mjs`)
  await bundle.write({ file, format: 'esm' })
  await bundle.close()
  return file
}

/**
 * Plays the seeds from `first` on.
 *
 * @param {string} bundle
 * @param {{ first: number, runs: number }} seeds
 * @param {(played: Played) => boolean | void} each called with every outcome; true ends it all
 */
export async function playSeeds(bundle, { first, runs }, each) {
  let next = first
  let stopped = false
  const work = async () => {
    const worker = new Worker(bundle)
    try {
      while (!stopped && next < first + runs) {
        const seeds = Array.from({ length: Math.min(BATCH, first + runs - next) }, () => next++)
        const results = await new Promise((resolve, reject) => {
          worker.once('message', resolve).once('error', reject)
          worker.postMessage(seeds)
        })
        worker.removeAllListeners('error')
        for (const played of results) stopped = each(played) === true || stopped
      }
    } finally {
      await worker.terminate()
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
}
