/** Where an account is signed in, and ending that: the endpoints of src/contract/devices.ts. */
import type { deviceEndpoints } from '../../contract/devices.ts'
import type { Handlers } from '../http/routes.ts'
import { requireAdmin } from './accounts.ts'
import type { TokenFamilies } from './token-families.ts'

/** @param cleanUp deletes what nobody needs any more */
export function deviceHandlers(
  families: TokenFamilies,
  cleanUp: () => Promise<{ signIns: number; tokens: number }>,
): Handlers<typeof deviceEndpoints> {
  return {
    async listDevices({ caller }) {
      const devices = await families.devicesOf(caller.account.id)
      return {
        items: devices.map(({ familyId, name, platform, signedInAt, lastActiveAt, expiresAt }) => ({
          id: familyId,
          name,
          platform,
          signedInAt: signedInAt.toISOString(),
          lastActiveAt: lastActiveAt.toISOString(),
          expiresAt: expiresAt.toISOString(),
          current: familyId === caller.familyId,
        })),
      }
    },

    async revokeDevice({ params: { deviceId }, caller }) {
      return { revoked: await families.endOneOf(caller.account.id, deviceId, 'signed-out') }
    },

    async signOutEverywhere({ body: { exceptHere }, caller: { account, familyId } }) {
      const options = exceptHere ? { except: familyId } : {}
      return { ended: await families.endAllOf(account.id, 'signed-out', options) }
    },

    async cleanupTokens({ caller }) {
      requireAdmin(caller)
      return cleanUp()
    },
  }
}
