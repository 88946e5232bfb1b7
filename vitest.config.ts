import { defineConfig } from 'vitest/config'

/**
 * Real servers and processes: two files of one project at once would measure each other. The deadlines are for what
 * hangs; a busy machine takes its time.
 */
const real = { fileParallelism: false, testTimeout: 240_000, hookTimeout: 120_000 }
const server = 'tests/integration/server-*.test.ts'
const onPostgres = 'tests/integration/postgres-*.test.ts'

export default defineConfig({
  test: {
    passWithNoTests: false,
    projects: [
      {
        test: {
          name: 'unit',
          testTimeout: 120_000,
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
          ...real,
          name: 'integration',
          include: ['tests/integration/**/*.test.ts'],
          exclude: [server, onPostgres],
          globalSetup: 'tests/harness/demo-school-template.ts',
        },
      },
      // What the server does, on the one database and on the other.
      {
        test: {
          ...real,
          name: 'server-pglite',
          include: [server],
          globalSetup: 'tests/harness/demo-school-template.ts',
        },
      },
      {
        test: {
          ...real,
          name: 'server-postgres',
          include: [server, onPostgres],
          globalSetup: 'tests/harness/demo-school-template.ts',
        },
      },
    ],
  },
})
