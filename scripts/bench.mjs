/**
 * `npm run bench [server|start|script|scroll|memory]` measures on this machine and prints tables. Numbers of two runs do not compare: other work
 * on the machine shows. Numbers within one run do.
 */
import { cpus } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'
import { root } from './command.mjs'
import { installFromDebian, needs } from './debian.mjs'
import { findRuntime } from './electron.mjs'
import { runScript, step, Trouble } from './report.mjs'
import { buildApp, cacheFolder, installDependencies, requireNode } from './workspace.mjs'

/** @param {string} name of a file in tests/bench */
async function load(name) {
  const bundle = await rolldown({
    input: join(root, `tests/bench/${name}.ts`),
    platform: 'node',
    // Packages are found where they are; the repository's own files keep their place for whoever asks where that is.
    external: /^[^./]/,
    transform: { define: { 'import.meta.dirname': JSON.stringify(join(root, 'tests/harness')) } },
  })
  const file = join(cacheFolder, 'bench', `${name}.mjs`)
  await bundle.write({ file, format: 'esm' })
  await bundle.close()
  return import(pathToFileURL(file).href)
}

async function installPostgres() {
  const postgres = await step('PostgreSQL', (progress) => installFromDebian([needs.postgres], progress))
  if (!postgres.ok) throw new Trouble(postgres.text)
}

async function server() {
  await installPostgres()
  /** @type {typeof import('../tests/bench/server.ts')} */
  const { benchServer } = await load('server')
  /** @type {Map<string, string[]>} */
  const rows = new Map()
  for (const kind of /** @type {const} */ (['PGlite', 'PostgreSQL'])) {
    await step(kind, async (progress) => {
      for (const { what, perSecond, p50, p99 } of await benchServer(kind, progress.say)) {
        const row = rows.get(what) ?? []
        row.push(Math.round(perSecond).toString(), p50.toFixed(1), p99.toFixed(1))
        rows.set(what, row)
      }
      return { ok: true, text: 'measured' }
    })
  }
  console.log(
    `\nOne server, ${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, load and database on the same machine\n`,
  )
  console.log('| | PGlite: a second | p50 ms | p99 ms | PostgreSQL: a second | p50 ms | p99 ms |')
  console.log('|---|---:|---:|---:|---:|---:|---:|')
  for (const [what, row] of rows) console.log(`| ${what} | ${row.join(' | ')} |`)
}

/** @type {Promise<typeof import('../tests/bench/window.ts')> | null} */
let prepared = null
const onTheApp = () => (prepared ??= prepareApp())

/** @returns {Promise<typeof import('../tests/bench/window.ts')>} */
async function prepareApp() {
  const keyring = await step('keyring', (progress) =>
    installFromDebian([needs.bus, needs.keyring, needs.secretService], progress),
  )
  if (!keyring.ok) throw new Trouble(keyring.text)
  await step('Electron', async (progress) => {
    const { runtime, text } = await findRuntime(progress)
    Object.assign(process.env, runtime.env, runtime.kind === 'host' ? { ELECTRON_HOST_HEADLESS: '1' } : {})
    return { ok: true, text }
  })
  return load('window')
}

/** @param {string[]} heads @param {(string | number)[][]} rows */
function table(heads, rows) {
  console.log(`\n| ${heads.join(' | ')} |`)
  console.log(`|---${'|---:'.repeat(heads.length - 1)}|`)
  for (const row of rows) console.log(`| ${row.join(' | ')} |`)
  console.log('')
}

const milliseconds = (/** @type {number} */ value) => value.toFixed(1)
const kilobytes = (/** @type {number} */ bytes) => Math.round(bytes / 1024)
const megabytes = (/** @type {number} */ bytes) => (bytes / 1024 / 1024).toFixed(1)

async function start() {
  const { benchStart } = await onTheApp()
  /** @type {Awaited<ReturnType<typeof benchStart>>} */
  let looks = []
  await step('start', async ({ say }) => {
    looks = await benchStart(say)
    return { ok: true, text: 'measured' }
  })
  table(
    ['7 starts', 'median ms', 'most ms'],
    looks.map(({ what, median, most }) => [what, Math.round(median), Math.round(most)]),
  )
}

async function script() {
  const { benchScript } = await onTheApp()
  table(
    ['JavaScript of a page', 'files', 'KiB', 'KiB gzipped'],
    benchScript().map(({ page, files, script, gzipped }) => [
      page,
      files,
      kilobytes(script),
      kilobytes(gzipped),
    ]),
  )
}

async function scroll() {
  await installPostgres()
  const { benchScroll } = await onTheApp()
  await step('scroll', async ({ say }) => {
    const { messages, frames, p50, p95, p99, most, late } = await benchScroll(say)
    table(
      [`chat of ${messages} messages`, 'frames', 'p50 ms', 'p95 ms', 'p99 ms', 'most ms', 'later than 25 ms'],
      [
        [
          'to the first message and back',
          frames,
          ...[p50, p95, p99, most].map(milliseconds),
          `${(late * 100).toFixed(1)} %`,
        ],
      ],
    )
    return { ok: true, text: `${(1000 / p50).toFixed(0)} frames a second` }
  })
}

async function memory() {
  await installPostgres()
  const { benchMemory } = await onTheApp()
  /** @type {Awaited<ReturnType<typeof benchMemory>>} */
  let hours = []
  await step('memory', async ({ say }) => {
    // It takes a quarter of an hour and more: each line as soon as it is known.
    hours = await benchMemory(say, ({ hour, page, main }) =>
      console.log(`  hour ${hour}: page ${megabytes(page)} MiB, main ${megabytes(main)} MiB`),
    )
    return { ok: true, text: 'measured' }
  })
  table(
    ['hour', 'messages', 'page: MiB', 'main: MiB', 'nodes'],
    hours.map(({ hour, messages, page, main, nodes }) => [
      hour,
      messages,
      megabytes(page),
      megabytes(main),
      nodes,
    ]),
  )
  const first = hours[0]
  const last = hours.at(-1)
  if (first && last) {
    const growth = (/** @type {'page' | 'main'} */ of) => `${((last[of] / first[of] - 1) * 100).toFixed(1)} %`
    console.log(`From hour 1 to hour ${last.hour}: page ${growth('page')}, main ${growth('main')}.`)
  }
}

const benches = { server, start, script, scroll, memory }

await runScript(async () => {
  requireNode()
  const asked = process.argv.slice(2)
  for (const name of asked) {
    if (!Object.hasOwn(benches, name)) {
      throw new Trouble(`There is no bench "${name}"; there are ${Object.keys(benches).join(', ')}.`)
    }
  }
  await step('dependencies', installDependencies)
  await step('build', buildApp)
  for (const [name, bench] of Object.entries(benches)) {
    if (asked.length === 0 || asked.includes(name)) await bench()
  }
  return 0
})
