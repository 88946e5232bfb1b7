import { execFile } from 'node:child_process'
import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { repository } from '../harness/repository.ts'

/** electron-builder's own parts, found as it finds them. */
const ofBuilder = createRequire(
  createRequire(createRequire(import.meta.url).resolve('electron-builder')).resolve('app-builder-lib'),
)
const { listPackage } = ofBuilder('@electron/asar') as {
  listPackage(archive: string, options: object): string[]
}
const fuses = ofBuilder('@electron/fuses') as {
  FuseV1Options: Record<number, string>
  getCurrentFuseWire(program: string): Promise<Record<number | 'version', number>>
}

/** What marks the fuses in Electron's binary: this text, a version, their number, and one digit each. */
const FUSE_SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'
const ON = '1'.charCodeAt(0)

let folder: string
let app: string
let archived: readonly string[]

/** Electron's files as far as packaging touches them, with every fuse set the wrong way round. */
async function standInForElectron(into: string): Promise<void> {
  const wrong = '101100111'
  await mkdir(join(into, 'locales'), { recursive: true })
  await mkdir(join(into, 'resources'))
  const wire = Buffer.concat([Buffer.from(FUSE_SENTINEL), Buffer.from([1, wrong.length]), Buffer.from(wrong)])
  const padding = Buffer.alloc(1024)
  await writeFile(join(into, 'electron'), Buffer.concat([padding, wire, padding]), { mode: 0o755 })
  await writeFile(join(into, 'LICENSES.chromium.html'), '')
  await writeFile(join(into, 'version'), '')
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lectern-package-'))
  await standInForElectron(join(folder, 'electron'))
  const cli = createRequire(import.meta.url).resolve('electron-builder/cli.js')
  await promisify(execFile)(
    process.execPath,
    [
      ...[cli, '--linux', 'dir', '--x64', '--publish=never'],
      `--config.electronDist=${join(folder, 'electron')}`,
      `--config.directories.output=${join(folder, 'dist')}`,
    ],
    { cwd: repository },
  )
  app = join(folder, 'dist', 'linux-unpacked')
  archived = listPackage(join(app, 'resources', 'app.asar'), {}).map((path) =>
    path.replaceAll('\\', '/').slice(1),
  )
}, 300_000)

afterAll(() => rm(folder, { recursive: true, force: true }))

describe('the packaged app', () => {
  it('has every fuse set as the packaging file says', async () => {
    const wire = await fuses.getCurrentFuseWire(join(app, 'lectern'))
    const on = Object.entries(wire).filter(([, state]) => state === ON)
    expect(on.map(([fuse]) => fuses.FuseV1Options[Number(fuse)] ?? fuse)).toEqual([
      'EnableCookieEncryption',
      'EnableEmbeddedAsarIntegrityValidation',
      'OnlyLoadAppFromAsar',
      // This one has no name in electron-builder yet, so it stays as Electron has it.
      '8',
    ])
  })

  it('holds the built app and the packages it needs to run', () => {
    for (const path of [
      'package.json',
      'out/main/index.js',
      'out/preload/index.cjs',
      'out/server/index.js',
    ]) {
      expect(archived).toContain(path)
    }
    for (const name of ['keytar', 'fastify', '@electric-sql/pglite', 'zod', 'ws']) {
      expect(archived).toContain(`node_modules/${name}/package.json`)
    }
  })

  it('holds no sources, no maps, no tests and no tool of a developer', () => {
    const out = new Set(['package.json', 'node_modules', 'out'])
    expect(archived.filter((path) => !out.has(path.split('/')[0] ?? ''))).toEqual([])
    expect(archived.filter((path) => /\.(map|ts)$/.test(path))).toEqual([])
    const tools = ['electron', 'vite', 'vitest', 'typescript', 'eslint', '@playwright/test', 'react', 'knip']
    for (const tool of tools) expect(archived).not.toContain(`node_modules/${tool}`)
  })

  it('keeps what the operating system opens outside of the archive, for this platform only', async () => {
    const unpacked = join(app, 'resources', 'app.asar.unpacked', 'node_modules')
    await access(join(unpacked, 'keytar/prebuilds/linux-x64/keytar.node'))
    await access(join(unpacked, '@electric-sql/pglite/dist/pglite.wasm'))
    await access(join(unpacked, '@electric-sql/pglite/dist/pglite.data'))
    const keychains = archived.filter((path) => path.endsWith('keytar.node'))
    expect(keychains).toEqual(['node_modules/keytar/prebuilds/linux-x64/keytar.node'])
  })
})
