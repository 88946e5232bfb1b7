/**
 * `npm run simulate:mutants`: rules of the core broken on purpose, one at a time, in memory. The simulation must
 * catch each; one that survives means that a property is missing. `--only NAME` plays one, `--runs N` that many days.
 */
import { parseArgs } from 'node:util'
import { runScript, Trouble } from './report.mjs'
import { bundleSimulation, playSeeds } from './simulate-workers.mjs'

/** @typedef {import('./simulate-workers.mjs').Edit} Edit */

/** @type {Record<string, Edit[]>} */
const mutants = {
  'drop the intent': [{ file: 'refresh.ts', find: 'idempotencyKey: rotationId(credential),', replace: '' }],
  'a new key at each retry of a rotation': [
    { file: 'refresh.ts', find: 'rotationId(credential),', replace: 'random.id(),' },
  ],
  'sign out on a 500 from the refresh endpoint': [
    {
      file: 'token-endpoint.ts',
      find: "  if (answer.kind === 'none' || (",
      replace:
        "  if (answer.kind !== 'none' && answer.status === 500) return { why: 'unknown', ...endings.unknown }\n  if (answer.kind === 'none' || (",
    },
  ],
  'sign out on any 401 from the refresh endpoint': [
    {
      file: 'token-endpoint.ts',
      find: "  if (answer.kind === 'none' || (",
      replace:
        "  if (answer.kind !== 'none' && answer.status === 401) return { why: 'unknown', ...endings.unknown }\n  if (answer.kind === 'none' || (",
    },
  ],
  'take a portal’s page for the server': [
    {
      file: 'answer.ts',
      find: 'const bootId = headers[BOOT_ID_HEADER]',
      replace: "const bootId = headers[BOOT_ID_HEADER] ?? 'x'",
    },
  ],
  'two refreshes at once': [{ file: 'refresh.ts', find: 'if (inFlight) {', replace: 'if (false) {' }],
  'no floor between refreshes': [
    { file: 'refresh.ts', find: 'lastRotation + timing.refreshFloor * 1000', replace: 'lastRotation' },
  ],
  'rotate without a probe': [{ file: 'refresh.ts', find: 'if (!path.proven) {', replace: 'if (false) {' }],
  'rotate after suspend': [
    { file: 'refresh.ts', find: '    halt() {\n      halted = true\n', replace: '    halt() {\n' },
  ],
  'do not hold the machine awake': [{ file: 'refresh.ts', find: 'power.holdAwake()', replace: '(() => {})' }],
  'use before save': [
    {
      file: 'refresh.ts',
      find: '    unsaved = successor\n',
      replace: '    unsaved = successor\n    current = successor.token\n',
    },
  ],
  'no generation check': [
    {
      file: 'refresh.ts',
      find: 'current.generation > generation && alive()',
      replace: 'false',
    },
  ],
  'the outbox sends again with a new key': [
    {
      file: 'outbox.ts',
      find: '          idempotencyKey: item.idempotencyKey,\n        })',
      replace: '          idempotencyKey: random.id(),\n        })',
    },
  ],
  'the outbox says yes before it is on disk': [
    {
      file: 'outbox.ts',
      find: '    const saved = await persist()\n    if (saved.ok) {\n      record(',
      replace: '    void persist()\n    const saved = succeed(undefined)\n    if (saved.ok) {\n      record(',
    },
  ],
  'a draft is said to be kept before it is on disk': [
    {
      file: 'drafts.ts',
      find: "const saved = await write(whole.data === '' ? others : [...others, draft])",
      replace:
        "void write(whole.data === '' ? others : [...others, draft])\n        const saved = succeed(undefined)",
    },
  ],
  'a message leaves its draft in the composer': [
    { file: 'outbox.ts', find: 'counts.set(here, count + 1)', replace: 'counts.set(here, count)' },
  ],
  'an earlier word about a hand is told after a later one': [
    { file: 'outbox.ts', find: 'other.idempotencyKey !== sending,', replace: 'false,' },
    {
      file: 'outbox.ts',
      find: '[...items.filter((other) => !replaced.includes(other)), item]',
      replace: '[item, ...items]',
    },
  ],
  'a sign-out leaves what was last seen on the disk': [
    {
      file: 'engine.ts',
      find: 'Promise.all([signIn.out(), lastKnown.forget()])',
      replace: 'Promise.all([signIn.out()])',
    },
  ],
  'nobody is shown to have left a room': [
    { file: 'room-state.ts', find: 'gone: [event.accountId]', replace: 'gone: []' },
  ],
  'ignore the cursor on reconnect': [
    { file: 'channel.ts', find: 'afterSeq: cursor', replace: 'afterSeq: null' },
  ],
  'a stream goes on one event too late': [
    { file: 'stream.ts', find: 'String(lastId)', replace: 'String(lastId + 1)' },
    { file: 'stream.ts', find: "if (id !== lastId + 1) return 'nonsense'", replace: '' },
  ],
  'sign-out does not clear the keychain': [
    { file: 'vault.ts', find: 'keychain.remove(CREDENTIAL)', replace: 'keychain.read(CREDENTIAL)' },
  ],
  'a locked keyring’s "no such entry" is signed out': [
    {
      file: 'vault.ts',
      find: "        kind: 'unavailable',\n        account: known.account,\n        problem: 'locked',\n",
      replace: "        kind: 'empty',\n",
    },
  ],
  'no wake detector': [
    { file: 'wake.ts', find: '    listeners.jumped({ wallMs, monotonicMs })\n', replace: '' },
  ],
  'nobody says "still here"': [
    { file: 'heartbeat.ts', find: 'timing.heartbeatInterval * 1000', replace: '3_600_000' },
  ],
  'nobody says "still here" outside a room': [
    { file: 'heartbeat.ts', find: 'if (!sayHere()) void verify()', replace: 'sayHere()' },
  ],
  'nobody but the first is shown in a room': [
    { file: 'channel.ts', find: 'return listeners.participants(frame.participants)', replace: 'return' },
  ],
}

await runScript(async () => {
  const { values } = parseArgs({
    options: { runs: { type: 'string', default: '1000' }, only: { type: 'string' } },
  })
  const runs = Number(values.runs)
  const names = Object.keys(mutants).filter((name) => !values.only || name.includes(values.only))
  if (names.length === 0) throw new Trouble('No mutant has that name.')
  const width = Math.max(...names.map((name) => name.length))
  /** @param {Edit[]} edits */
  const firstFailure = async (edits) => {
    const bundle = await bundleSimulation('mutant', edits)
    let days = 0
    /** @type {import('./simulate-workers.mjs').Played | undefined} */
    let failed
    await playSeeds(bundle, { first: 1, runs }, (played) => {
      if (!failed) days++
      if (played.violations.length > 0) failed ??= played
      return failed !== undefined
    })
    return { days, seed: failed?.seed, properties: [...new Set(failed?.violations.map((v) => v.property))] }
  }

  const unbroken = await firstFailure([])
  if (unbroken.seed !== undefined) {
    throw new Trouble(`The core itself fails on seed ${unbroken.seed} (${unbroken.properties.join(', ')}).`)
  }
  let survived = 0
  for (const name of names) {
    const { days, seed, properties } = await firstFailure(mutants[name] ?? [])
    if (seed === undefined) survived++
    const verdict = properties.join(', ') || 'SURVIVED'
    console.log(`| ${name.padEnd(width)} | ${String(days).padStart(5)} days | ${verdict} |`)
  }
  console.log(survived ? `\n${survived} of ${names.length} survived.` : `\nAll ${names.length} were caught.`)
  return survived ? 1 : 0
})
