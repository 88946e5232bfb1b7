/** The balancer of docker-compose.yml in front of two servers: Debian's HAProxy with deploy/haproxy.cfg. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { eventually } from './eventually.ts'
import { repository } from './repository.ts'

export interface Balancer {
  readonly url: string
  close(): Promise<void>
}

/** @param servers their addresses, such as `http://127.0.0.1:8787` */
export async function startBalancer(servers: readonly [string, string]): Promise<Balancer> {
  const held = createServer().listen(0, '127.0.0.1')
  await once(held, 'listening')
  const { port } = held.address() as AddressInfo
  held.close()
  await once(held, 'close')

  const [one, two] = servers.map((url) => new URL(url).host)
  const child = spawn('haproxy', ['-db', '-f', join(repository, 'deploy/haproxy.cfg')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      LECTERN_BIND: `127.0.0.1:${port}`,
      LECTERN_SERVER_1: one,
      LECTERN_SERVER_2: two,
    },
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (printed = (printed + chunk.toString()).slice(-10_000)))
  }
  child.on('error', (error) => (printed += String(error)))
  const url = `http://127.0.0.1:${port}`
  await eventually('server behind the balancer', async () => {
    if (child.exitCode !== null) throw new Error(`HAProxy ended: ${printed}`)
    return fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    )
  })
  return {
    url,
    async close() {
      if (child.exitCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}
