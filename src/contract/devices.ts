/** Where an account is signed in, and ending that. No token is named here: these may be called from a window. */
import { z } from 'zod'
import { nothing, type Endpoint } from './endpoint.ts'
import { Instant } from './model.ts'

/** One sign-in on one device. */
const Device = z.object({
  id: z.uuid(),
  name: z.string(),
  platform: z.string(),
  signedInAt: Instant,
  /** When it last got a new token. */
  lastActiveAt: Instant,
  /** When this sign-in ends at the latest. */
  expiresAt: Instant,
  /** Whether it is the one that asks. */
  current: z.boolean(),
})
export type Device = z.infer<typeof Device>

export const deviceEndpoints = {
  listDevices: {
    method: 'GET',
    path: '/auth/devices',
    summary: 'Where this account is signed in, the most recently active first.',
    params: nothing,
    query: nothing,
    body: z.undefined(),
    response: z.object({ items: z.array(Device) }),
    authenticated: true,
    repeat: 'safe',
  },
  revokeDevice: {
    method: 'DELETE',
    path: '/auth/devices/:deviceId',
    summary: 'Sign out there. A sign-in that is gone already is no error.',
    params: z.object({ deviceId: z.uuid() }),
    query: nothing,
    body: z.undefined(),
    response: z.object({ revoked: z.boolean() }),
    authenticated: true,
    repeat: 'safe',
  },
  signOutEverywhere: {
    method: 'POST',
    path: '/auth/sign-out-everywhere',
    summary: 'Sign out on every device of this account.',
    params: nothing,
    query: nothing,
    body: z.object({ exceptHere: z.boolean().default(false) }),
    response: z.object({ ended: z.int().min(0) }),
    authenticated: true,
    repeat: 'safe',
  },
  cleanupTokens: {
    method: 'POST',
    path: '/auth/cleanup-tokens',
    summary:
      'Delete what expired long enough ago, now and not at the next scheduled time. Administrators only.',
    params: nothing,
    query: nothing,
    body: z.undefined(),
    response: z.object({ signIns: z.int().min(0), tokens: z.int().min(0) }),
    authenticated: true,
    repeat: 'safe',
  },
} as const satisfies Record<string, Endpoint>
