import { z } from 'zod'
import { parseJson } from '../contract/json.ts'
import { ServerUrl } from '../contract/settings.ts'
import type { FileStore } from '../core/ports.ts'

const FILE = 'server.json'
const Remembered = z.object({ version: z.literal(1), serverUrl: ServerUrl })

/** The server of the last sign-in, which the sign-in page offers again; null before the first. */
export async function readServerAddress(files: FileStore): Promise<string | null> {
  const stored = await files.read(FILE)
  if (!stored.ok || stored.value === null) return null
  return parseJson(Remembered, stored.value)?.serverUrl ?? null
}

export const writeServerAddress = (files: FileStore, serverUrl: string) =>
  files.write(FILE, JSON.stringify({ version: 1, serverUrl } satisfies z.input<typeof Remembered>))
