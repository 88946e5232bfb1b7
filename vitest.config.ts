import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    passWithNoTests: false,
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'src/**/*.test.{ts,tsx}',
            'tools/**/src/**/*.test.ts',
            'scripts/**/*.test.mjs',
            'tests/harness/**/*.test.ts',
            'tests/simulation/**/*.test.ts',
          ],
        },
      },
      {
        test: {
          name: 'integration',
          include: ['tests/integration/**/*.test.ts'],
          exclude: ['tests/integration/postgres-*.test.ts'],
          // Real servers and processes: two files at once would measure each other.
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'integration-postgres',
          // What the server does, once more on the other database.
          include: ['tests/integration/server-*.test.ts', 'tests/integration/postgres-*.test.ts'],
          globalSetup: 'tests/harness/postgres-setup.ts',
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
