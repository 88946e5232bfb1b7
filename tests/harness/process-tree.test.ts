import { spawn, type ChildProcess } from 'node:child_process'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { eventually } from './eventually.ts'
import { continueProcesses, isAlive, killProcess, processTree, stopProcesses } from './process-tree.ts'

const count = (name: string) => `setInterval(() => console.log(${JSON.stringify(name)}), 10)`
/** Ends when its parent does. */
const child = `process.stdin.on('end', () => process.exit()).resume(); ${count('child')}`
const parent = `
  const { spawn } = require('node:child_process')
  spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: ['pipe', 'inherit', 'inherit'] })
  ${count('parent')}`

let family: ChildProcess
let witness: ChildProcess
let heard: Map<string, number>

function start(script: string): ChildProcess {
  const started = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  started.stdout.on('data', (chunk: Buffer) => {
    for (const name of chunk.toString().trim().split('\n')) heard.set(name, times(name) + 1)
  })
  return started
}
const times = (name: string) => heard.get(name) ?? 0
const hear = (name: string, more: number) => {
  const before = times(name)
  return eventually(`word of the ${name}`, () => times(name) >= before + more)
}
const pidOf = ({ pid = 0 }: ChildProcess) => pid

beforeEach(async () => {
  heard = new Map()
  family = start(parent)
  witness = start(count('witness'))
  await Promise.all([hear('parent', 1), hear('child', 1), hear('witness', 1)])
})
afterEach(() => {
  family.kill('SIGKILL')
  witness.kill('SIGKILL')
})

it('stands still with everything it started, and goes on where it was', async () => {
  const tree = await processTree(pidOf(family))
  expect(tree).toHaveLength(2)
  await stopProcesses(tree)
  // What they had said before they stopped still comes.
  await hear('witness', 10)
  const atRest = [times('parent'), times('child')]
  await hear('witness', 30)
  expect([times('parent'), times('child')]).toEqual(atRest)
  await continueProcesses(tree)
  await Promise.all([hear('parent', 10), hear('child', 10)])
})

it('is gone with everything it started before a kill is said to be done', async () => {
  const tree = await processTree(pidOf(family))
  await killProcess(pidOf(family))
  expect(tree.filter(isAlive)).toEqual([])
})
