/**
 * `npm run simulate -- [--runs N] [--seed S]` plays N class days from seed S on and prints what came of them;
 * `npm run simulate -- --replay S` prints all that happens on the day of one seed, `--shrink S` its smallest form
 * that still breaks something.
 */
import { parseArgs } from 'node:util'
import { pathToFileURL } from 'node:url'
import { runScript, Trouble } from './report.mjs'
import { bundleSimulation, playSeeds } from './simulate-workers.mjs'

const SHOWN_SEEDS = 20

/** @param {string | undefined} text @param {number} otherwise */
function whole(text, otherwise) {
  const number = text === undefined ? otherwise : Number(text)
  if (!Number.isSafeInteger(number) || number < 0) throw new Trouble(`${text} is not a whole number.`)
  return number
}

/** @param {number[]} sorted @param {number} share */
const quantile = (sorted, share) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN

/** @param {number[]} numbers @param {string} unit @param {number} [per] */
function spread(numbers, unit, per = 1) {
  const sorted = numbers.map((number) => number / per).sort((a, b) => a - b)
  if (sorted.length === 0) return 'never measured'
  const [p50, p99, most] = [quantile(sorted, 0.5), quantile(sorted, 0.99), quantile(sorted, 1)]
  return `${p50.toFixed(2)} / ${p99.toFixed(2)} / ${most.toFixed(2)} ${unit}  (${sorted.length} times)`
}

/** @param {[string, string | number][]} rows */
function print(rows) {
  const width = Math.max(...rows.map(([name]) => name.length))
  for (const [name, value] of rows) console.log(`| ${name.padEnd(width)} | ${value} |`)
}

/** @param {string} bundle @param {number} first @param {number} runs */
async function simulate(bundle, first, runs) {
  const started = performance.now()
  const seconds = () => ((performance.now() - started) / 1000).toFixed(0)
  const { properties } = await import(pathToFileURL(bundle).href)
  /** @type {Map<string, number>} */
  const broken = new Map()
  /** @type {Map<number, string>} */
  const failed = new Map()
  const kinds = { calm: 0, day: 0, storm: 0 }
  const sums = { simulatedHours: 0, rotations: 0, kills: 0, sleeps: 0, messages: 0 }
  const ended = { signOuts: 0, lostOrDoubled: 0, duplicateRefreshes: 0 }
  /** @type {number[]} */ const rates = []
  /** @type {number[]} */ const revocations = []
  /** @type {number[]} */ const heals = []
  /** @type {import('../tests/simulation/judge.ts').Measures['returns'][number][]} */ const returns = []
  let done = 0

  await playSeeds(bundle, { first, runs }, ({ seed, kind, violations, measures }) => {
    done++
    kinds[kind]++
    for (const name of /** @type {(keyof typeof sums)[]} */ (Object.keys(sums))) sums[name] += measures[name]
    if (measures.refreshRate !== null) rates.push(measures.refreshRate)
    revocations.push(...measures.revocations)
    heals.push(...measures.heals)
    returns.push(...measures.returns)
    for (const { property, what } of violations) {
      broken.set(property, (broken.get(property) ?? 0) + 1)
      if (!failed.has(seed)) failed.set(seed, `${property}: ${what}`)
      if (property === 'ends-by-definitive-word') ended.signOuts++
      if (property === 'delivered-once') ended.lostOrDoubled++
      if (['one-refresh', 'never-reused', 'needless-refresh'].includes(property)) ended.duplicateRefreshes++
    }
    if (process.stdout.isTTY && done % 50 === 0) {
      process.stdout.write(`\r\x1b[K  ${done} of ${runs} days, ${seconds()} s, ${failed.size} failed`)
    }
  })
  if (process.stdout.isTTY) process.stdout.write('\r\x1b[K')

  const took = (/** @type {boolean} */ said) => returns.filter((back) => back.said === said)
  console.log(`${done} days, seeds ${first} to ${first + runs - 1}, in ${seconds()} s\n`)
  print([
    ['days: calm / ordinary / storm', `${kinds.calm} / ${kinds.day} / ${kinds.storm}`],
    ['simulated hours', Math.round(sums.simulatedHours)],
    [
      'kills / sleeps / rotations / messages',
      `${sums.kills} / ${sums.sleeps} / ${sums.rotations} / ${sums.messages}`,
    ],
    ['unexpected sign-outs', ended.signOuts],
    ['messages lost or doubled', ended.lostOrDoubled],
    ['duplicate refreshes', ended.duplicateRefreshes],
    ['refreshes an hour, calm, of 60/(TTL − margin): p50 / p99 / most', spread(rates, '×')],
    [
      'network back (said) → first good call: p50 / p99 / most',
      spread(
        took(true).map(({ tookMs }) => tookMs),
        's',
        1000,
      ),
    ],
    [
      '  as a share of one probe + one refresh + one call',
      spread(
        took(true).map(({ tookMs, boundMs }) => tookMs / boundMs),
        '×',
      ),
    ],
    [
      'network back (not said) → first good call',
      spread(
        took(false).map(({ tookMs }) => tookMs),
        's',
        1000,
      ),
    ],
    ['revoked and connected → noticed', spread(revocations, 's', 1000)],
    ['last fault over → active', spread(heals, 's', 1000)],
  ])
  console.log()
  print(
    Object.entries(properties).map(([name, words]) => [
      `${broken.get(name) ?? 0}`.padStart(5),
      `${name}: ${words}`,
    ]),
  )
  if (failed.size === 0) return 0
  console.log(`\n${failed.size} days failed. Play one again with: npm run simulate -- --replay SEED`)
  for (const [seed, what] of [...failed].slice(0, SHOWN_SEEDS))
    console.log(`  ${seed}  ${what.slice(0, 150)}`)
  return 1
}

await runScript(async () => {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string' },
      seed: { type: 'string' },
      replay: { type: 'string' },
      shrink: { type: 'string' },
    },
  })
  const bundle = await bundleSimulation('run')
  const one = values.replay ?? values.shrink
  if (one === undefined) return simulate(bundle, whole(values.seed, 1), whole(values.runs, 1000))

  const { simulate: replay, shrink } = await import(pathToFileURL(bundle).href)
  const seed = whole(one, 1)
  const shrunk = values.shrink === undefined ? null : await shrink(seed)
  const outcome = shrunk ? shrunk.outcome : await replay(seed)
  if (shrunk) console.log(JSON.stringify(shrunk.plan, null, 2))
  for (const line of outcome.trace) console.log(line)
  return outcome.violations.length ? 1 : 0
})
