import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { eventually } from '../harness/eventually.ts'
import { repository } from '../harness/repository.ts'
import { startServer, type ServerProcess } from '../harness/server-process.ts'

const run = promisify(execFile)
const read = (path: string) => readFile(join(repository, path), 'utf8')
const command = join(repository, 'scripts/example.mjs')

let server: ServerProcess | undefined
afterEach(() => server?.dispose())

/** These lines, in this order, whatever stands between them. */
function expectInOrder(text: string, lines: readonly string[]): void {
  let rest = text
  for (const line of lines) {
    expect(rest).toContain(line)
    rest = rest.slice(rest.indexOf(line) + line.length)
  }
}

const ACROSS_A_RESTART = [
  'state {"from":"active","to":"recovering"}',
  'state {"from":"recovering","to":"offline"}',
  'outbox-accepted {"waiting":1}',
  'server-restarted',
  'channel-live',
  'recovered',
  'state {"from":"recovering","to":"active"}',
]

describe('the example of docs/session-core.md', () => {
  it('is the file that runs, word for word', async () => {
    const page = await read('docs/session-core.md')
    expect(page).toContain(`\`\`\`ts\n${await read('examples/headless.ts')}\`\`\``)
  })

  it('signs in, survives a kill and a restart of its server, and delivers what was written meanwhile', async () => {
    server = await startServer()
    const example = spawn(process.execPath, [command], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        LECTERN_SERVER: server.url,
        LECTERN_EMAIL: 'maya.okafor@northfield.example',
        LECTERN_PASSWORD: server.demoPassword,
      },
    })
    const ended = once(example, 'close')
    let printed = ''
    example.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
    await eventually('room', () => printed.includes('channel-live'), 30_000)
    await server.kill9()
    await eventually('message written while the server was away', () => printed.includes('outbox-accepted'))
    await server.restart()
    expect(await ended).toEqual([0, null])
    expectInOrder(printed, ['"to":"signed-out"', 'signed-in', 'channel-live', ...ACROSS_A_RESTART])
    expect(printed).toContain('outbox-delivered {"left":0}')
    expect(printed).not.toContain('reauth-required')
  })

  it('brings a server of its own where none is given', async () => {
    const { LECTERN_SERVER: _, ...env } = process.env
    const { stdout } = await run(process.execPath, [command], { env })
    expectInOrder(stdout, ['the server is killed', 'the server is started again'])
    expectInOrder(stdout, ACROSS_A_RESTART)
  })
})

describe('what the build emits for others', () => {
  it('needs zod and eventsource-parser, and no Electron and no Node', async () => {
    const core = await read('out/core/index.js')
    const imported = [...core.matchAll(/^import [^;]+ from "(.+)";$/gm)].map(([, name]) => name)
    expect(imported.sort()).toEqual(['eventsource-parser', 'zod'])
    expect(core).not.toMatch(/\brequire\(|\bimport\(|\bprocess\.|electron/)
    const { createSession } = (await import(/* @vite-ignore */ join(repository, 'out/core/index.js'))) as {
      createSession: unknown
    }
    expect(createSession).toBeTypeOf('function')
  })

  it('carries types that the example and whoever uses them can be checked with', async () => {
    const compiler = createRequire(import.meta.url).resolve('@typescript/native/package.json')
    const tsc = join(compiler, '../bin/tsc')
    // Rejects with what tsc prints when there is an error.
    const { stdout } = await run(process.execPath, [tsc, '-p', 'examples'], { cwd: repository })
    expect(stdout).toBe('')
  })
})
