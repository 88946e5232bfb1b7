import { mkdtemp, readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { autostartFile, writeAutostart } from './start-at-login.ts'

const inHome = async () =>
  autostartFile({ XDG_CONFIG_HOME: await mkdtemp(join(tmpdir(), 'lectern-autostart-')) })

test('an entry for the desktop is written whole, and nothing else is left in the folder', async () => {
  const path = await inHome()
  await writeAutostart(path, ['/opt/Lectern/lectern'])
  await writeAutostart(path, ['/opt/My Apps/50% "new" $x/lectern', '.'])
  expect(await readdir(dirname(path))).toEqual(['lectern.desktop'])
  expect(await readFile(path, 'utf8')).toContain(
    String.raw`Exec="/opt/My Apps/50%% \\"new\\" \\$x/lectern" "."`,
  )
})

test('it is taken away again, also when it is gone already', async () => {
  const path = await inHome()
  await writeAutostart(path, ['/opt/Lectern/lectern'])
  await writeAutostart(path, null)
  await writeAutostart(path, null)
  expect(await readdir(dirname(path))).toEqual([])
})
