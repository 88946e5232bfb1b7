import { randomBytes } from 'node:crypto'
import type { Random } from '../../core/ports.ts'

export const random: Random = {
  next: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
  /** 128 bits, as 22 characters. */
  id: () => randomBytes(16).toString('base64url'),
}
