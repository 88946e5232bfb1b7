import js from '@eslint/js'
import hooks from 'eslint-plugin-react-hooks'
import ts from 'typescript-eslint'

/** @typedef {'contract' | 'core' | 'main' | 'preload' | 'renderer' | 'server'} Part */

/** @type {Part[]} */
const parts = ['contract', 'core', 'main', 'preload', 'renderer', 'server']

/**
 * The arrows of docs/architecture.md: what each part may import besides itself, type imports included.
 *
 * @type {Record<Part, { parts: Part[], packages?: string[] }>}
 */
const arrows = {
  contract: { parts: [], packages: ['zod'] },
  core: { parts: ['contract'], packages: ['zod', 'eventsource-parser'] },
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

/**
 * @param {Part} part
 * @returns {import('typescript-eslint').ConfigWithExtends}
 */
function arrowsOf(part) {
  const { parts: allowed, packages } = arrows[part]
  const forbidden = parts.filter((other) => other !== part && !allowed.includes(other))
  const message = `src/${part} may not import this part (docs/architecture.md).`
  const patterns = [{ regex: `^(\\.\\./)+(${forbidden.join('|')})(/|$)`, message }]
  const importedLater = `ImportExpression[source.value=/^([.][.].)+(${forbidden.join('|')})./]`
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
    rules: {
      'no-restricted-imports': ['error', { paths: [rawIpc], patterns }],
      'no-restricted-syntax': [
        'error',
        { selector: importedLater, message },
        ...(part === 'core' ? ambientInCore : []),
      ],
    },
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
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
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
        [
          ...['process', 'console', 'URL', 'fetch', 'Buffer', 'performance'],
          ...['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate'],
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
)
