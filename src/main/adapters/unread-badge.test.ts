import type { NativeImage } from 'electron'
import { expect, test } from 'vitest'
import { createUnreadBadge } from './unread-badge.ts'

const dot = 'a dot' as unknown as NativeImage

function badgeOn(platform: NodeJS.Platform) {
  const numbers: number[] = []
  const windows: { overlay: unknown; setOverlayIcon(icon: unknown, words: string): void }[] = []
  const badge = createUnreadBadge({
    platform,
    setBadgeCount: (count) => numbers.push(count),
    windows: () => windows,
    dot,
    inWords: (count) => `${count} new messages`,
  })
  const open = () => {
    const window = {
      overlay: null as unknown,
      setOverlayIcon: (icon: unknown, words: string) => void (window.overlay = icon && [icon, words]),
    }
    windows.push(window)
    badge.showAgain()
    return window
  }
  return { badge, numbers, open }
}

test('on Windows a dot stands on every window while something is unread, also on one that opens later', () => {
  const { badge, numbers, open } = badgeOn('win32')
  const first = open()
  badge.show(3)
  const second = open()
  expect([first.overlay, second.overlay]).toEqual([
    [dot, '3 new messages'],
    [dot, '3 new messages'],
  ])
  badge.show(0)
  expect([first.overlay, second.overlay]).toEqual([null, null])
  expect(numbers).toEqual([])
})

test('elsewhere the icon of the app says the number', () => {
  const { badge, numbers, open } = badgeOn('darwin')
  const window = open()
  badge.show(3)
  expect(numbers).toEqual([3])
  expect(window.overlay).toBeNull()
})
