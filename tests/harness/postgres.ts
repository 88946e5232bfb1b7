/** A real PostgreSQL of its own for the tests: Debian's binaries, a private port, a folder that is gone afterwards. */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { chown, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { eventually } from './eventually.ts'

export interface Postgres {
  /** The address of its superuser. */
  readonly administrator: string
  /** As after a power cut, or a `systemctl restart` that went wrong. */
  kill9(): Promise<void>
  /** On the same port and data. */
  start(): Promise<void>
  /** Stops it and removes its data. */
  dispose(): Promise<void>
}

const run = promisify(execFile)
const DEBIAN = '/usr/lib/postgresql'
const PASSWORD = 'only-for-tests'
const OWNER = 'lectern'

/** @throws Error when PostgreSQL is not installed, saying how */
async function binaries(): Promise<string> {
  const versions = await readdir(DEBIAN).catch(() => [])
  const newest = versions.map(Number).sort((a, b) => b - a)[0]
  if (newest === undefined) throw new Error('PostgreSQL is not installed: apt-get install postgresql')
  return join(DEBIAN, String(newest), 'bin')
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function userId(name: string): Promise<{ uid: number; gid: number }> {
  const id = async (flag: string) => Number((await run('id', [flag, name])).stdout)
  return { uid: await id('-u'), gid: await id('-g') }
}

export async function startPostgres(): Promise<Postgres> {
  const bin = await binaries()
  const folder = await mkdtemp(join(tmpdir(), 'lectern-postgres-'))
  // PostgreSQL refuses to run as root; Debian's package brings a user for it.
  const user = process.getuid?.() === 0 ? await userId('postgres') : null
  if (user) await chown(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  const passwordFile = join(folder, 'password')
  await writeFile(passwordFile, PASSWORD, { mode: 0o644 })
  const init = ['--pgdata', data, '--username', 'postgres', '--pwfile', passwordFile]
  await run(
    join(bin, 'initdb'),
    [...init, '--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale', 'C.UTF-8'],
    { cwd: folder, ...user },
  )
  const port = await freePort()
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200']
  let server: ChildProcess | null = null
  let printed = ''

  const administrator = `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/postgres`

  async function start(): Promise<void> {
    const child = spawn(
      join(bin, 'postgres'),
      ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
      { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'], ...user },
    )
    child.stderr.on('data', (chunk: Buffer) => (printed = (printed + chunk.toString()).slice(-10_000)))
    server = child
    await eventually(
      'PostgreSQL that answers',
      () => {
        if (child.exitCode !== null) throw new Error(`PostgreSQL ended: ${printed}`)
        return asAdministrator(administrator, (client) => client.query('select 1')).catch(() => null)
      },
      30_000,
    )
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const child = server
    server = null
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await once(child, 'exit')
  }

  await start()
  await asAdministrator(administrator, (client) =>
    client.query(`create role ${OWNER} login createrole password '${PASSWORD}'`),
  )

  return {
    administrator,
    kill9: () => end('SIGKILL'),
    start,
    async dispose() {
      // SIGINT: fast shutdown, without waiting for clients.
      await end('SIGINT')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function asAdministrator<T>(administrator: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: administrator })
  // A server that is killed says so here as well.
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/**
 * A new database, owned by a user who is no superuser.
 *
 * @param template of which it is a copy; empty without
 * @returns its address
 */
export async function createDatabase(administrator: string, template = 'template1'): Promise<string> {
  const name = `lectern_${randomUUID().replaceAll('-', '')}`
  await asAdministrator(administrator, (client) =>
    client.query(`create database ${name} owner ${OWNER} template ${template}`),
  )
  const address = new URL(administrator)
  address.username = OWNER
  address.pathname = name
  return address.href
}
