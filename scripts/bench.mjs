/**
 * `npm run bench [server]` measures on this machine and prints tables. Numbers of two runs do not compare: other work
 * on the machine shows. Numbers within one run do.
 */
import { cpus } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'
import { root } from './command.mjs'
import { installFromDebian, needs } from './debian.mjs'
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

async function server() {
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

const benches = { server }

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
  const postgres = await step('PostgreSQL', (progress) => installFromDebian([needs.postgres], progress))
  if (!postgres.ok) throw new Trouble(postgres.text)
  for (const [name, bench] of Object.entries(benches)) {
    if (asked.length === 0 || asked.includes(name)) await bench()
  }
  return 0
})
