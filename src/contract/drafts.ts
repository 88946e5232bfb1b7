/** How a draft grows by what was typed before its page knew what is kept: core and pages must mean the same by it. */

export const below = (first: string, second: string) =>
  [first, second].filter((text) => text !== '').join('\n')

/** @returns `whole` without what was put `below` it; all of it when it does not end so */
export function above(whole: string, last: string): string {
  if (whole === last) return ''
  return last !== '' && whole.endsWith(`\n${last}`) ? whole.slice(0, -last.length - 1) : whole
}
