import { defineConfig } from '@playwright/test'

export default defineConfig({
  testDir: 'tests/e2e',
  globalSetup: './tests/harness/built-app.ts',
  outputDir: 'test-results',
  // One app at a time: they share the machine's two cores, its keychain and its clipboard.
  workers: 1,
  fullyParallel: false,
  retries: 0,
  forbidOnly: true,
  timeout: 180_000,
  expect: { timeout: 15_000 },
})
