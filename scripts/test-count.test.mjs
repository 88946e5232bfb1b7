import { expect, it } from 'vitest'
import { countPlaywright, countVitest } from './test-count.mjs'

const file = (/** @type {string} */ status, /** @type {string[]} */ ...tests) => ({
  status,
  assertionResults: tests.map((one) => ({ status: one })),
})

it('counts the tests that Vitest ran', () => {
  const testResults = [file('failed', 'passed', 'failed'), file('passed', 'passed')]
  const report = { numPassedTests: 2, numFailedTests: 1, testResults }
  expect(countVitest(JSON.stringify(report))).toEqual({ passed: 2, failed: 1 })
})

it('counts a file that could not be loaded as a failure', () => {
  const report = {
    numPassedTests: 1,
    numFailedTests: 0,
    testResults: [file('failed'), file('passed', 'passed')],
  }
  expect(countVitest(JSON.stringify(report))).toEqual({ passed: 1, failed: 1 })
})

it('counts the tests that Playwright ran; one that passed only at the second try has failed', () => {
  const report = { stats: { expected: 5, unexpected: 1, flaky: 1, skipped: 0 }, errors: [] }
  expect(countPlaywright(JSON.stringify(report))).toEqual({ passed: 5, failed: 2 })
})

it('counts what went wrong outside of tests as failures', () => {
  const report = {
    stats: { expected: 0, unexpected: 0, flaky: 0, skipped: 0 },
    errors: [{ message: 'no config' }],
  }
  expect(countPlaywright(JSON.stringify(report))).toEqual({ passed: 0, failed: 1 })
})

it('makes sense of no report only by failing', () => {
  expect(() => countVitest('')).toThrow()
})
