import { expect, it } from 'vitest'
import { serviceNameFor } from './keychain.ts'

it('names the entries of the usual profile plainly, and those of any other apart from it', () => {
  const usual = '/home/maya/.config/Lectern'
  const names = [usual, '/tmp/a', '/tmp/b'].map((folder) => serviceNameFor(folder, usual))
  expect(names[0]).toBe('Lectern')
  expect(new Set(names).size).toBe(3)
  expect(names[1]).toMatch(/^Lectern [0-9a-f]{12}$/)
  expect(serviceNameFor('/tmp/a', usual)).toBe(names[1])
})
