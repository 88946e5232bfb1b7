/** Runs parts of main as the processes they are meant to be, without Electron around them. */
import { fork, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { build } from 'vite'
import type { HelperProcess } from '../../src/main/adapters/helper-process.ts'

const repository = resolve(import.meta.dirname, '../..')

/** A folder inside the repository, so that what is built there finds its packages. */
export async function workFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(repository, 'node_modules/.main-test-'))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

/** @returns the path of the built script */
export async function buildScript(source: string, folder: string, name: string): Promise<string> {
  await build({
    root: repository,
    configFile: false,
    logLevel: 'error',
    build: {
      ssr: resolve(repository, source),
      outDir: folder,
      emptyOutDir: false,
      rolldownOptions: { output: { entryFileNames: `${name}.mjs`, format: 'es' } },
    },
  })
  return join(folder, `${name}.mjs`)
}

/**
 * Gives a script `process.parentPort` over Node's own channel, as `utilityProcess` of Electron does over its own: what
 * arrives before anybody listens waits.
 */
const PORT = `
import { EventEmitter } from 'node:events'
const port = new EventEmitter()
port.postMessage = (message) => process.send(message, () => {})
process.parentPort = port
port.once('newListener', () => process.on('message', (data) => port.emit('message', { data })))
await import(process.argv[2])
`

export async function helperStarter(
  script: string,
  folder: string,
): Promise<(env?: Readonly<Record<string, string | undefined>>) => HelperProcess & ChildProcess> {
  const entry = join(folder, 'with-port.mjs')
  await writeFile(entry, PORT)
  return (env = {}) => {
    const child = fork(entry, [script], { env: { ...process.env, ...env }, execArgv: [] })
    return Object.assign(child, { postMessage: (message: object) => void child.send(message, () => {}) })
  }
}
