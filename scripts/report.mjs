/** What a person sees while a script works: one line per step, with how long it took. */
import { performance } from 'node:perf_hooks'

const terminal = process.stdout.isTTY === true
const REDRAW_MS = 200
/** Logs get a sign of life too, but seldom: a line is there to stay. */
const LOG_EVERY_MS = 60_000

/** @param {number} since from `performance.now()` */
const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`

/** @typedef {{ say(text: string): void }} Progress shows what a step is busy with, where that can be redrawn */
/** @typedef {{ ok: boolean, text: string }} Outcome `text` is what the step's line says after its name */

/**
 * Runs one step and prints its line: name, outcome, seconds. A long one shows that it is still going.
 *
 * @template {Outcome} T
 * @param {string} name
 * @param {(progress: Progress) => T | Promise<T>} work
 * @param {{ live?: boolean }} [options] `live: false` where `work` prints by itself what it is doing
 * @returns {Promise<T>}
 * @throws what `work` throws, after printing that the step failed
 */
export async function step(name, work, { live = true } = {}) {
  const started = performance.now()
  let busyWith = ''
  const draw = () => {
    const line = `  ${name}  ${seconds(started)}  ${busyWith}`
    process.stdout.write(`\r\x1b[K${line.slice(0, (process.stdout.columns || 80) - 1)}`)
  }
  const log = () => console.log(`  ${name}: still going, ${seconds(started)}`)
  const beat = () => (terminal ? setInterval(draw, REDRAW_MS) : setInterval(log, LOG_EVERY_MS))
  const timer = live ? beat() : undefined
  const close = (/** @type {boolean} */ ok, /** @type {string} */ text) => {
    clearInterval(timer)
    if (terminal && live) process.stdout.write('\r\x1b[K')
    console.log(`${ok ? '✓' : '✗'} ${name.padEnd(14)} ${text ? `${text}  ` : ''}${seconds(started)}`)
  }
  try {
    const outcome = await work({ say: (text) => (busyWith = text) })
    close(outcome.ok, outcome.text)
    return outcome
  } catch (error) {
    close(false, 'failed')
    throw error
  }
}

/** Something went wrong that a person can understand and mend; shown without a stack. */
export class Trouble extends Error {}

/**
 * Runs a script to its end and leaves with its exit code.
 *
 * @param {() => Promise<number>} main
 */
export async function runScript(main) {
  try {
    process.exitCode = await main()
  } catch (error) {
    if (!(error instanceof Trouble)) throw error
    console.error(error.message)
    process.exitCode = 1
  }
}
