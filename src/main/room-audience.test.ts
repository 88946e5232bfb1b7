import { EventEmitter } from 'node:events'
import type { WebContents } from 'electron'
import { expect, it } from 'vitest'
import { createRoomAudience } from './room-audience.ts'

const window = () => new EventEmitter() as unknown as WebContents

it('hears of a room from opening it to closing it', () => {
  const audience = createRoomAudience()
  const [a, b] = [window(), window()]
  expect(audience.follow(a, 'room')).toBe(true)
  expect(audience.follow(a, 'room')).toBe(false)
  audience.follow(b, 'room')
  audience.follow(b, 'other')
  expect(audience.of('room')).toEqual([a, b])
  audience.unfollow(a, 'room')
  expect(audience.of('room')).toEqual([b])
  expect(audience.of('other')).toEqual([b])
})

it.each(['destroyed', 'did-navigate'])('forgets a window that was %s', (event) => {
  const audience = createRoomAudience()
  const gone = window()
  audience.follow(gone, 'room')
  audience.follow(gone, 'other')
  gone.emit(event as 'destroyed')
  expect(audience.of('room')).toEqual([])
  expect(audience.of('other')).toEqual([])
})
