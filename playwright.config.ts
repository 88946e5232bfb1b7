import { defineConfig } from '@playwright/test'

export default defineConfig({
  testDir: 'tests/e2e',
  globalSetup: './tests/harness/built-app.ts',
  outputDir: 'test-results',
  // Each has a keyring, a server and folders of its own, and waits more than it works: two fit two cores.
  workers: 2,
  fullyParallel: false,
  retries: 0,
  forbidOnly: true,
  timeout: 300_000,
  expect: { timeout: 30_000 },
})
