import js from '@eslint/js'
import importX, { createNodeResolver } from 'eslint-plugin-import-x'
import hooks from 'eslint-plugin-react-hooks'
import ts from 'typescript-eslint'

const parts = ['contract', 'core', 'main', 'preload', 'renderer', 'server']

/** The arrows of docs/architecture.md: what each part may import besides itself, type imports included. */
const arrows = {
  contract: { parts: [], packages: ['zod'] },
  core: { parts: ['contract'], packages: ['zod'] },
  preload: { parts: ['contract'], packages: ['electron'] },
  renderer: { parts: ['contract'] },
  server: { parts: ['contract'] },
  main: { parts: ['contract', 'core'] },
}

/** Only these may see the file whose types carry tokens. */
const mayHoldCredentials = ['contract', 'core', 'server']

const rawIpc = {
  name: 'electron',
  importNames: ['ipcMain', 'ipcRenderer'],
  message: 'Only src/main/ipc.ts and src/preload/index.ts speak raw IPC.',
}

function arrowsOf(part) {
  const { parts: allowed, packages } = arrows[part]
  const forbidden = parts.filter((other) => other !== part && !allowed.includes(other))
  const patterns = [
    {
      regex: `^(\\.\\./)+(${forbidden.join('|')})(/|$)`,
      message: `src/${part} may not import this part (docs/architecture.md).`,
    },
  ]
  if (!mayHoldCredentials.includes(part)) {
    patterns.push({
      regex: '/contract/credentials',
      message: 'No type that carries a token may be named here.',
    })
  }
  if (packages) {
    patterns.push({
      regex: `^(?!\\.)(?!(${packages.join('|')})(/|$))`,
      message: `src/${part} depends on nothing but ${packages.join(', ')}.`,
    })
  }
  return {
    files: [`src/${part}/**/*.{ts,tsx}`],
    ignores: ['**/*.test.{ts,tsx}'],
    rules: { 'no-restricted-imports': ['error', { paths: [rawIpc], patterns }] },
  }
}

const ambientInCore = [
  {
    selector: "MemberExpression[object.name='Date'][property.name='now']",
    message: 'Time comes from the Clock port.',
  },
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'Time comes from the Clock port.',
  },
  {
    selector: "MemberExpression[object.name='Math'][property.name='random']",
    message: 'Use the Random port.',
  },
  {
    selector: 'CallExpression[callee.name=/^(setTimeout|setInterval|setImmediate|queueMicrotask|fetch)$/]',
    message: 'Timers and I/O come from ports.',
  },
]

export default ts.config(
  { ignores: ['out/', 'dist/', 'coverage/', 'test-results/', 'playwright-report/', '**/dist/', '.demo/'] },
  js.configs.recommended,
  ...ts.configs.recommended,
  {
    plugins: { 'import-x': importX },
    settings: {
      'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.tsx', '.mjs', '.js'] })],
    },
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      'import-x/no-cycle': 'error',
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  ...parts.map(arrowsOf),
  {
    files: ['src/main/ipc.ts', 'src/preload/index.ts'],
    rules: { 'no-restricted-imports': 'off' },
  },
  {
    files: ['src/core/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: { 'no-restricted-syntax': ['error', ...ambientInCore] },
  },
  {
    files: ['src/renderer/**/*.{ts,tsx}'],
    plugins: { 'react-hooks': hooks },
    rules: hooks.configs.recommended.rules,
  },
  {
    files: ['scripts/**', 'tools/**', 'tests/**', 'examples/**', '**/*.test.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: {
      globals: Object.fromEntries(
        ['process', 'console', 'URL', 'fetch', 'setTimeout', 'clearTimeout', 'Buffer', 'performance'].map(
          (name) => [name, 'readonly'],
        ),
      ),
    },
  },
)
