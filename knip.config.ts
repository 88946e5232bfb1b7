import type { KnipConfig } from 'knip'

/** What reaches the outside without being imported, so that all the rest has to be used. */
const config: KnipConfig = {
  entry: [
    'src/core/index.ts',
    'src/main/keychain-process.ts',
    'src/server/index.ts',
    'src/server/audio/audio-worker.ts',
    'tests/bench/{server,window}.ts',
    'examples/*.ts',
    'tests/harness/headless-client.ts',
    'tests/simulation/run.ts',
    'scripts/*.mjs',
    'tools/electron-host/src/executable.ts',
    'tools/electron-host/src/utility/bootstrap.ts',
    'tools/electron-host/src/page/*.ts',
    'tools/electron-host/tests/fixture/*.mjs',
  ],
  project: ['src/**/*.{ts,tsx,css}', '{scripts,tests,tools,examples}/**/*.{ts,mjs}'],
  playwright: { config: ['playwright.config.ts', 'tools/electron-host/playwright.config.ts'] },
  // By itself knip only warns of these, and leaves with success.
  rules: { cycles: 'error' },
  // A type that only names what an exported function takes or gives is still for its callers.
  ignoreExportsUsedInFile: { interface: true, type: true },
  // Run by scripts/ through their files, which no import shows.
  ignoreDependencies: ['@typescript/native', 'electron-builder'],
  // Part of every system that the Electron host runs on, and what scripts/debian.mjs installs.
  ignoreBinaries: ['pgrep', 'haproxy'],
  compilers: {
    css: (text: string) =>
      [...text.matchAll(/@(?:import|plugin)\s+(['"][^'"]+['"])/g)]
        .map(([, name]) => `import ${name}`)
        .join('\n'),
  },
}

export default config
