/**
 * Playwright's `test` with the doors of this folder: whatever a spec starts through them is ended when the spec ends,
 * and when it fails, what the app and the server printed and what the windows showed is attached to the report.
 */
import { test as playwrightTest, type TestInfo } from '@playwright/test'
import { launchApp, type LaunchedApp } from './app.ts'
import { signInColleague, type Colleague } from './colleague.ts'
import { startFaultyNetwork, type FaultyNetwork } from './faulty-network.ts'
import { startKeyring, type Keyring } from './keyring.ts'
import { startServer, type ServerProcess } from './server-process.ts'

export { expect } from '@playwright/test'

export interface Harness {
  /** The keychain of every app of the test. */
  readonly keyring: Keyring
  readonly launchApp: typeof launchApp
  readonly startServer: typeof startServer
  readonly startFaultyNetwork: typeof startFaultyNetwork
  readonly signInColleague: typeof signInColleague
}

const failed = (info: TestInfo) => info.status !== info.expectedStatus
const attachText = (info: TestInfo, name: string, body: string) =>
  info.attach(name, { body, contentType: 'text/plain' })

async function attachApp(info: TestInfo, name: string, app: LaunchedApp): Promise<void> {
  await attachText(info, `${name}.log`, await app.logs())
  for (const [i, page] of app.electronApp.windows().entries()) {
    // A window that is closing has no picture to give.
    const picture = await page.screenshot({ timeout: 5000 }).catch(() => null)
    if (picture) await info.attach(`${name} window ${i + 1}`, { body: picture, contentType: 'image/png' })
  }
}

export const test = playwrightTest.extend<Harness>({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the names of fixtures from this very pattern.
  async keyring({}, use, info) {
    const keyring = await startKeyring()
    await use(keyring)
    if (failed(info)) await attachText(info, 'keyring.log', await keyring.log())
    await keyring.stop()
  },

  async launchApp({ keyring }, use, info) {
    const apps: LaunchedApp[] = []
    await use(async (options) => {
      const app = await launchApp({ ...options, env: { ...keyring.env, ...options?.env } })
      apps.push(app)
      return app
    })
    for (const [i, app] of apps.entries()) {
      await app.thaw()
      if (failed(info)) await attachApp(info, `app ${i + 1}`, app)
      await app.dispose()
    }
  },

  // eslint-disable-next-line no-empty-pattern
  async startServer({}, use, info) {
    const servers: ServerProcess[] = []
    await use(async (options) => {
      const server = await startServer(options)
      servers.push(server)
      return server
    })
    for (const [i, server] of servers.entries()) {
      if (failed(info)) await attachText(info, `server ${i + 1}.log`, server.output())
      await server.dispose()
    }
  },

  // eslint-disable-next-line no-empty-pattern
  async startFaultyNetwork({}, use, info) {
    const networks: FaultyNetwork[] = []
    await use(async (target) => {
      const network = await startFaultyNetwork(target)
      networks.push(network)
      return network
    })
    for (const [i, network] of networks.entries()) {
      const { requests, sockets } = network
      if (failed(info))
        await attachText(info, `network ${i + 1}.json`, JSON.stringify({ requests, sockets }, null, 1))
      await network.close()
    }
  },

  // eslint-disable-next-line no-empty-pattern
  async signInColleague({}, use) {
    const colleagues: Colleague[] = []
    await use(async (signIn) => {
      const colleague = await signInColleague(signIn)
      colleagues.push(colleague)
      return colleague
    })
    for (const colleague of colleagues) colleague.goAway()
  },
})
