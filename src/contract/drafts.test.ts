import fc from 'fast-check'
import { expect, it } from 'vitest'
import { above, below } from './drafts.ts'

it('what was put below a draft can be taken away again, and leaves what stood there', () => {
  fc.assert(
    fc.property(fc.string(), fc.string({ minLength: 1 }), (kept, added) => {
      expect(above(below(kept, added), added)).toBe(kept)
    }),
  )
})

it('a draft that does not end with what was added stays as it is', () => {
  expect(above('from yesterday', 'new')).toBe('from yesterday')
  expect(above('from yesterday', '')).toBe('from yesterday')
  expect(above('renew', 'new')).toBe('renew')
})
