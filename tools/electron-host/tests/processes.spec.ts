import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ElectronApplication } from '@playwright/test'
import { executable, expect, fixturePath, processesWith, readyWindow, test } from './launch.ts'

const utility = join(fixturePath, 'utility.mjs')
/** Seconds the host is stopped for. */
const STOPPED_FOR = Number(process.env['ELECTRON_HOST_STOP_SECONDS'] ?? 10)

const profileOf = (app: ElectronApplication) =>
  app.evaluate(() => {
    const { execFileSync } = process.getBuiltinModule('node:child_process')
    const children = execFileSync('ps', ['--ppid', String(process.pid), '-o', 'args=']).toString()
    return /--user-data-dir=(\S+)/.exec(children)?.[1] ?? ''
  })

test('a utility process gets messages, arguments and environment, and answers', async ({ app }) => {
  expect(
    await app.evaluate(async ({ utilityProcess }, path) => {
      const child = utilityProcess.fork(path, ['--one'], {
        serviceName: 'Fixture',
        env: { ...process.env, NAME: 'value' },
        stdio: 'pipe',
      })
      const before = child.pid
      let written = ''
      child.stdout?.on('data', (data) => (written += String(data)))
      // Sent before it has even started.
      child.postMessage({ bytes: new Uint8Array([1, 2]), when: new Date(5) })
      const message = await new Promise((resolve) => child.once('message', resolve))
      const exit = new Promise((resolve) => child.once('exit', resolve))
      child.postMessage({ exit: 7 })
      return { message, exit: await exit, written, hadPid: before !== undefined, after: child.pid ?? null }
    }, utility),
  ).toEqual({
    message: {
      echo: { bytes: new Uint8Array([1, 2]), when: new Date(5) },
      type: 'utility',
      args: ['--one'],
      name: 'value',
    },
    exit: 7,
    written: 'utility started\n',
    hadPid: true,
    after: null,
  })
})

test('a utility process can be ended, and imports electron for its network', async ({ app }) => {
  expect(
    await app.evaluate(async ({ utilityProcess }, path) => {
      const child = utilityProcess.fork(path, [], { stdio: 'ignore' })
      child.postMessage({ fetch: `file://${path}` })
      const { status } = await new Promise<{ status: number }>((resolve) => child.once('message', resolve))
      const exit = new Promise((resolve) => child.once('exit', resolve))
      const killed = child.kill()
      await exit
      return { status, killed, again: child.kill() }
    }, utility),
  ).toEqual({ status: 200, killed: true, again: false })
})

test('power events reach the app when a test sends them', async ({ app }) => {
  expect(
    await app.evaluate(({ powerMonitor, powerSaveBlocker }) => {
      const heard: string[] = []
      for (const event of ['suspend', 'resume', 'lock-screen', 'unlock-screen'] as const) {
        powerMonitor.once(event as 'resume', () => heard.push(event))
        powerMonitor.emit(event)
      }
      const id = powerSaveBlocker.start('prevent-app-suspension')
      const held = powerSaveBlocker.isStarted(id)
      powerSaveBlocker.stop(id)
      return { heard, held, after: powerSaveBlocker.isStarted(id), idle: powerMonitor.getSystemIdleTime() }
    }),
  ).toEqual({
    heard: ['suspend', 'resume', 'lock-screen', 'unlock-screen'],
    held: true,
    after: false,
    idle: 0,
  })
})

test('links for the system’s browser are written down and not opened', async ({ app }) => {
  expect(
    await app.evaluate(async (electron) => {
      await electron.shell.openExternal('https://example.test/')
      const { electronHost } = electron as unknown as { electronHost: { calls: unknown[] } }
      return electronHost.calls.at(-1)
    }),
  ).toEqual({ name: 'shell.openExternal', args: ['https://example.test/'] })
})

test('the app is told its name, version and folders', async ({ launch, userData }) => {
  const app = await launch()
  expect(
    await app.evaluate(({ app: electronApp }) => ({
      name: electronApp.getName(),
      version: electronApp.getVersion(),
      packaged: electronApp.isPackaged,
      userData: electronApp.getPath('userData'),
      logs: electronApp.getPath('logs'),
      path: electronApp.getAppPath(),
      type: (process as unknown as { type: string }).type,
      pid: process.pid,
    })),
  ).toEqual({
    name: 'electron-host-fixture',
    version: '1.2.3',
    packaged: false,
    userData,
    logs: join(userData, 'logs'),
    path: fixturePath,
    type: 'browser',
    pid: app.process().pid,
  })
})

test('a second instance tells the first of its launch and ends', async ({ launch, userData }) => {
  const app = await launch()
  await readyWindow(app)
  const second = spawn(executable, [fixturePath, `--user-data-dir=${userData}`, '--open=this'], {
    cwd: tmpdir(),
  })
  let written = ''
  second.stdout.on('data', (data) => (written += String(data)))
  expect(await once(second, 'exit')).toEqual([3, null])
  expect(written).toBe('another instance runs\n')
  const told = () => app.evaluate(() => (globalThis as unknown as { secondInstance?: object }).secondInstance)
  await expect.poll(told).toEqual({
    argv: [executable, fixturePath, `--user-data-dir=${userData}`, '--open=this'],
    folder: realpathSync(tmpdir()),
    data: { from: 'fixture' },
  })
})

test('two apps with folders of their own run side by side', async ({ app, launch }) => {
  const other = await launch()
  const window = await readyWindow(other)
  expect(await window.evaluate(() => document.title)).toBe('Fixture page')
  expect(other.process().pid).not.toBe(app.process().pid)
})

test('closing an app ends everything it started and removes Chromium’s profile', async ({
  launch,
  userData,
}) => {
  const app = await launch()
  await readyWindow(app)
  const profile = await profileOf(app)
  const host = app.process()
  expect(existsSync(profile)).toBe(true)
  expect(readdirSync(userData)).toEqual([])
  await app.close()
  expect(host.exitCode).toBe(0)
  await expect.poll(() => processesWith(profile)).toEqual([])
  await expect.poll(() => existsSync(profile)).toBe(false)
})

test('kill -9 leaves no Chromium, no utility process, no profile and no lock', async ({ launch }) => {
  const app = await launch()
  await readyWindow(app)
  const profile = await profileOf(app)
  const child = await app.evaluate(async ({ utilityProcess }, path) => {
    const process = utilityProcess.fork(path, [], { stdio: 'ignore' })
    await new Promise<void>((resolve) => process.once('spawn', () => resolve()))
    return process.pid as number
  }, utility)
  expect(processesWith(profile).length).toBeGreaterThan(2)

  // Stopped, none of them can notice that the host is gone and end of itself.
  for (const pid of [...processesWith(profile), String(child)]) process.kill(Number(pid), 'SIGSTOP')
  const ended = once(app.process(), 'exit')
  process.kill(app.process().pid as number, 'SIGKILL')
  await ended
  await expect.poll(() => processesWith(profile)).toEqual([])
  await expect.poll(() => existsSync(`/proc/${child}`)).toBe(false)
  await expect.poll(() => existsSync(profile)).toBe(false)

  const next = await launch()
  expect(await (await readyWindow(next)).title()).toBe('Fixture page')
})

test('a stopped host goes on where it was when it is continued', async ({ launch }) => {
  test.setTimeout((STOPPED_FOR + 30) * 1000)
  const app = await launch()
  const window = await readyWindow(app)
  const pid = app.process().pid as number
  const pending = window.evaluate(() => {
    const { ipc } = globalThis as unknown as { ipc: { invoke(...args: unknown[]): Promise<unknown> } }
    return new Promise((resolve) => setTimeout(resolve, 200)).then(() => ipc.invoke('echo', 'while stopped'))
  })
  process.kill(pid, 'SIGSTOP')
  // The one thing to wait for here is time.
  await new Promise((resolve) => setTimeout(resolve, STOPPED_FOR * 1000))
  process.kill(pid, 'SIGCONT')
  expect(await pending).toEqual(['while stopped'])
  expect(await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1)
})

test('an app whose main module throws says why and ends', async ({ userData }) => {
  const child = spawn(executable, [join(fixturePath, 'broken.mjs'), `--user-data-dir=${userData}`])
  let written = ''
  child.stderr.on('data', (data) => (written += String(data)))
  expect(await once(child, 'exit')).toEqual([1, null])
  expect(written).toContain('broken on purpose')
})
