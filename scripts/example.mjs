/**
 * `npm run example`: examples/headless.ts against a server of its own, which is killed and started again under it.
 * With LECTERN_SERVER, LECTERN_EMAIL and LECTERN_PASSWORD set it goes to that server instead, and whoever started it
 * does the killing.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { cacheFolder, buildApp, installDependencies, requireNode } from './workspace.mjs'
import { packaged, root, run, runInForeground } from './command.mjs'
import { runScript, step, Trouble } from './report.mjs'

const script = join(cacheFolder, 'example.mjs')

/** Node 20 runs no TypeScript. @returns {Promise<import('./report.mjs').Outcome>} */
async function bundleExample() {
  const { code, output } = await run(
    packaged('rolldown', [
      ...['examples/headless.ts', `--file=${script}`, '--format=esm', '--platform=node'],
      ...['axios', 'eventsource-parser', 'ws', 'zod'].map((name) => `--external=${name}`),
    ]),
  )
  if (code !== 0) throw new Trouble(`${output}\nThe example could not be bundled.`)
  return { ok: true, text: 'bundled' }
}

/**
 * @param {string} dataDir
 * @param {string} port
 * @param {string} password of every account of the demo school
 */
async function startServer(dataDir, port, password) {
  const child = spawn(process.execPath, [join(root, 'out/server/index.js')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      LECTERN_DATA_DIR: dataDir,
      LECTERN_PORT: port,
      LECTERN_SEED: 'demo',
      LECTERN_DEMO_PASSWORD: password,
    },
  })
  const [line] = await once(createInterface(child.stdout), 'line')
  const { url, message } = JSON.parse(line)
  if (!url) throw new Trouble(message)
  return { child, url }
}

async function runWithItsOwnServer() {
  const dataDir = mkdtempSync(join(tmpdir(), 'lectern-example-'))
  const password = 'only for this example'
  let server = await startServer(dataDir, '0', password)
  try {
    const example = spawn(process.execPath, [script], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        LECTERN_SERVER: server.url,
        LECTERN_EMAIL: 'maya.okafor@northfield.example',
        LECTERN_PASSWORD: password,
      },
    })
    let killed = false
    for await (const line of createInterface(example.stdout)) {
      console.log(line)
      if (!killed && line.startsWith('channel-live')) {
        killed = true
        console.log('--- the server is killed')
        server.child.kill('SIGKILL')
      }
      if (line.startsWith('outbox-accepted')) {
        console.log('--- the server is started again')
        server = await startServer(dataDir, new URL(server.url).port, password)
      }
    }
    if (example.exitCode === null) await once(example, 'exit')
    return example.exitCode ?? 1
  } finally {
    if (server.child.kill('SIGKILL')) await once(server.child, 'exit')
    rmSync(dataDir, { recursive: true, force: true })
  }
}

await runScript(async () => {
  requireNode()
  await step('Dependencies', installDependencies)
  await step('Build', buildApp)
  await step('Example', bundleExample)
  return process.env['LECTERN_SERVER'] ? runInForeground([process.execPath, script]) : runWithItsOwnServer()
})
