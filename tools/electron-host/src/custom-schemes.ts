/**
 * Chromium lets nobody add a scheme from outside, so a page of `app://lectern/` lives at
 * `https://lectern.app.electron-host.test/` and every address is translated at the border: in what main sees, in
 * what DevTools clients see, in policies. Scripts in the page see the stand-in.
 * Nobody can own a name under `.test` (RFC 6761 §6.2), and no request for one leaves the host.
 */

const SUFFIX = 'electron-host.test'
const SCHEME = /^[a-z][a-z0-9-]*$/
const STAND_IN = new RegExp(
  `https://([a-z0-9.-]+)\\.([a-z][a-z0-9-]*)\\.${SUFFIX.replaceAll('.', '\\.')}(?![\\w.-])`,
  'g',
)

/** Matches every stand-in address, for Chromium's request interception. */
export const STAND_IN_PATTERN = `https://*.${SUFFIX}/*`

export interface SchemePrivileges {
  readonly standard?: boolean | undefined
  readonly secure?: boolean | undefined
}

const privileged = new Map<string, SchemePrivileges>()

/** @throws Error for a scheme the stand-in addresses cannot express. */
export function registerPrivilegedScheme(scheme: string, privileges: SchemePrivileges): void {
  if (!SCHEME.test(scheme)) {
    throw new Error(`electron-host: the scheme '${scheme}' is not supported; use a-z, 0-9 and '-'.`)
  }
  if (!privileges.standard || !privileges.secure) {
    throw new Error(
      `electron-host: only standard and secure schemes are supported, and '${scheme}' is not both.`,
    )
  }
  privileged.set(scheme, privileges)
}

export const isPrivilegedScheme = (scheme: string): boolean => privileged.has(scheme)

/** `app://lectern` in every place of a text becomes its stand-in: addresses, and host sources of a policy. */
export function toStandIn(text: string): string {
  let result = text
  for (const scheme of privileged.keys()) {
    result = result.replaceAll(
      new RegExp(`(?<![\\w+.-])${scheme}://([\\w.-]+)`, 'gi'),
      (_all, host: string) => `https://${host.toLowerCase()}.${scheme}.${SUFFIX}`,
    )
  }
  return result
}

/** As above, and a bare `app:` becomes every host of that scheme (CSP Level 3 §2.3.1, scheme-source). */
export function policyToStandIn(policy: string): string {
  let result = toStandIn(policy)
  for (const scheme of privileged.keys()) {
    result = result.replaceAll(
      new RegExp(`(?<=^|[\\s;,])${scheme}:(?=$|[\\s;,])`, 'gi'),
      `https://*.${scheme}.${SUFFIX}`,
    )
  }
  return result
}

/** The way back, in every place of a text. */
export function fromStandIn(text: string): string {
  if (!text.includes(SUFFIX)) return text
  return text.replaceAll(STAND_IN, (_all, host: string, scheme: string) => `${scheme}://${host}`)
}

/** The origin Electron reports for a page at this address: custom schemes have one, `file:` has `file://`. */
export function originOf(url: string): string {
  if (!URL.canParse(url)) return ''
  const { protocol, host, origin } = new URL(url)
  if (privileged.has(protocol.slice(0, -1))) return `${protocol}//${host}`
  return protocol === 'file:' ? 'file://' : origin
}
