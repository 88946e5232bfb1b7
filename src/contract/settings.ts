/** What can be set from outside: the command line and, later, policy and the settings page. */
import { z } from 'zod'
import { lifetimes } from './lifetimes.ts'

const isLoopback = (url: URL) => ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)

/** The origin of a Lectern server: https, or http to this machine itself. */
export const ServerUrl = z
  .string()
  .max(2048)
  .transform((text, context) => {
    const url = URL.canParse(text) ? new URL(text) : null
    const refuse = (message: string) => {
      context.addIssue({ code: 'custom', message })
      return z.NEVER
    }
    if (!url || !['https:', 'http:'].includes(url.protocol)) {
      return refuse('Type the address of your Lectern server, such as https://lectern.example.edu')
    }
    if (url.protocol === 'http:' && !isLoopback(url)) return refuse('The address must start with https://')
    return url.origin
  })

/** Seconds, except where a name says otherwise. */
export const timing = {
  /** A participant says "still here" this often. */
  heartbeatInterval: lifetimes.heartbeat,
  /** Between recoveries nobody asked for. */
  recoveryCooldown: 30,
  /** Wall and monotonic clock may drift this far apart before a sleep or a clock change is assumed. */
  clockDivergence: 5,
  /** One probe of the server. */
  probeTimeout: 5,
  /** One ordinary call. */
  callTimeout: 30,
  /** A ping on a channel without an answer for this long: the socket is half open. */
  pongTimeout: 10,
  /** Nobody there for this long ends the session, unless set otherwise. */
  idleTimeout: lifetimes.appIdle,
  /** The warning comes this long before. */
  idleWarning: lifetimes.appIdleWarning,
  /** Warnings before the refresh token's own end. */
  sessionEndWarnings: lifetimes.signInEndWarnings,
  /** Two refreshes are never closer than this, whatever a clock or a server says. */
  refreshFloor: 1,
} as const
