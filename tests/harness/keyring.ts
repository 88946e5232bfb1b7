/**
 * A keyring for one test: a real daemon on a bus of its own, so that it can be locked, and so that nothing one test
 * does to it is met by another. On macOS and Windows there is one keychain, the system's.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { repository } from './repository.ts'

export interface Keyring {
  /** What a process needs to find it. */
  readonly env: Readonly<Record<string, string>>
  lock(): Promise<void>
  /** As the login screen does it. */
  unlock(): Promise<void>
  /** Another daemon takes the place of this one, with the same entries, unlocked. */
  startAnew(): Promise<void>
  /** What the daemon said. */
  log(): Promise<string>
  stop(): Promise<void>
}

/** Tells where everything is, then carries out each line it reads and says "done". */
const STAGE =
  'echo "$DBUS_SESSION_BUS_ADDRESS"; echo "$XDG_RUNTIME_DIR/keyring/control"; echo "$KEYRING_LOG";' +
  ' while read -r order; do eval "$order" >/dev/null 2>&1; echo done; done'
const PASSWORD = 'test'

export async function startKeyring(): Promise<Keyring> {
  if (process.platform !== 'linux') return systemKeychain
  const stage = spawn('sh', [join(repository, 'tests/harness/with-keyring.sh'), 'sh', '-c', STAGE], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let complaints = ''
  stage.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()))
  const lines = createInterface(stage.stdout)[Symbol.asyncIterator]()
  async function line(): Promise<string> {
    const { value, done } = await lines.next()
    if (done) throw new Error(`The keyring of a test ended. It said:\n${complaints}`)
    return value
  }
  const [bus, control, logFile] = [await line(), await line(), await line()]

  async function carryOut(order: string): Promise<void> {
    stage.stdin.write(`${order}\n`)
    await line()
  }

  return {
    env: { DBUS_SESSION_BUS_ADDRESS: bus },
    lock: () =>
      carryOut(
        'dbus-send --session --print-reply --dest=org.freedesktop.secrets /org/freedesktop/secrets' +
          ' org.freedesktop.Secret.Service.Lock array:objpath:/org/freedesktop/secrets/collection/login',
      ),
    unlock: () => unlock(control),
    startAnew: () =>
      carryOut(`printf ${PASSWORD} | gnome-keyring-daemon --replace --unlock --components=secrets`),
    log: () => readFile(logFile, 'utf8').catch(() => 'nothing'),
    async stop() {
      const ended = once(stage, 'exit')
      stage.stdin.end()
      await ended
    },
  }
}

const onlyHere = () =>
  Promise.reject(new Error('Only a keyring of its own can be locked or replaced by a test.'))
const systemKeychain: Keyring = {
  env: {},
  lock: onlyHere,
  unlock: onlyHere,
  startAnew: onlyHere,
  log: () => Promise.resolve('the keychain of the system'),
  stop: () => Promise.resolve(),
}

/** Over the daemon's own socket (gkd-control-codes.h); nothing on the bus can. */
async function unlock(control: string): Promise<void> {
  const UNLOCK = 1
  const uint32 = (value: number) => Buffer.from(Uint32Array.of(value).buffer).swap32()
  const socket = connect(control)
  const text = Buffer.from(PASSWORD)
  // The first byte carries the credentials of this process.
  socket.write(
    Buffer.concat([Buffer.of(0), uint32(12 + text.length), uint32(UNLOCK), uint32(text.length), text]),
  )
  const [answer] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  if (answer.readUInt32BE(4) !== 0) throw new Error('The keyring of a test could not be unlocked.')
}
