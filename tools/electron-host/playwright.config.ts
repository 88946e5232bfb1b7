/** npx playwright test -c tools/electron-host/playwright.config.ts */
import { join } from 'node:path'
import { defineConfig } from '@playwright/test'

// Where `_electron.launch` looks; it asks the package electron, which asks this.
process.env['ELECTRON_OVERRIDE_DIST_PATH'] = join(import.meta.dirname, 'bin')

export default defineConfig({
  testDir: 'tests',
  outputDir: '../../test-results/electron-host',
  globalSetup: './build.mjs',
  workers: 1,
  timeout: 30_000,
  forbidOnly: true,
  reporter: 'list',
})
