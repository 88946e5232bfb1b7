/** How many tests a runner's own JSON report says passed and failed. */

/** @typedef {{ passed: number, failed: number }} Count */

/**
 * @param {string} text of Vitest's JSON reporter
 * @returns {Count} a file that failed outside its tests, such as on import, counts as one failure
 */
export function countVitest(text) {
  /** @type {{ numPassedTests: number, numFailedTests: number, testResults: any[] }} */
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(text)
  const brokenFiles = testResults.filter(
    (file) =>
      file.status === 'failed' &&
      !file.assertionResults.some((/** @type {any} */ test) => test.status === 'failed'),
  )
  return { passed: numPassedTests, failed: numFailedTests + brokenFiles.length }
}

/**
 * @param {string} text of Playwright's JSON reporter
 * @returns {Count} errors outside of tests, such as a config that does not load, count as failures
 */
export function countPlaywright(text) {
  /** @type {{ stats: Record<string, number>, errors: unknown[] }} */
  const { stats, errors } = JSON.parse(text)
  const { expected = 0, unexpected = 0, flaky = 0 } = stats
  return { passed: expected, failed: unexpected + flaky + errors.length }
}
