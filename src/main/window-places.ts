/** Where a person has put their windows, by kind, so that they open there again. */
import { z } from 'zod'
import { WindowKind } from '../contract/ipc.ts'
import { parseJson } from '../contract/json.ts'
import type { FileStore } from '../core/ports.ts'

const FILE = 'window-places.json'
/** A drag says dozens of places a second; the last of them counts. */
const SAVE_AFTER_MS = 500

const Coordinate = z.int().min(-100_000).max(100_000)
const Rectangle = z.object({
  x: Coordinate,
  y: Coordinate,
  width: z.int().min(1).max(100_000),
  height: z.int().min(1).max(100_000),
})
/** In device-independent pixels. */
export type Rectangle = z.infer<typeof Rectangle>

const Place = z.object({ bounds: Rectangle, maximized: z.boolean() })
export type Place = z.infer<typeof Place>

const Document = z.object({ version: z.literal(1), places: z.partialRecord(WindowKind, Place) })

export interface WindowPlaces {
  of(kind: WindowKind): Place | null
  remember(kind: WindowKind, place: Place): void
  /** Writes at once what is still to be written. */
  save(): Promise<void>
}

export async function openWindowPlaces(files: FileStore): Promise<WindowPlaces> {
  const stored = await files.read(FILE)
  const known = stored.ok && stored.value !== null ? parseJson(Document, stored.value)?.places : undefined
  const places: Partial<Record<WindowKind, Place>> = { ...known }
  let timer: NodeJS.Timeout | undefined

  async function save(): Promise<void> {
    if (!timer) return
    clearTimeout(timer)
    timer = undefined
    // Only a convenience: a disk that refuses is no reason to trouble anybody.
    await files.write(FILE, JSON.stringify({ version: 1, places }))
  }

  return {
    of: (kind) => places[kind] ?? null,
    remember(kind, place) {
      places[kind] = place
      timer ??= setTimeout(() => void save(), SAVE_AFTER_MS)
    },
    save,
  }
}

/** This much of the bar a window is dragged by has to be within reach. */
const GRIP = { width: 120, height: 32 }
/** The next window of a kind stands beside the one before, not over it. */
const STEP = 28

/**
 * Where a window opens.
 *
 * @param remembered null for one that was never moved: the system finds a place for it
 * @param workAreas of the displays that are there now; one may have been unplugged
 * @param open how many windows of this kind are open already
 */
export function placeFor(
  remembered: Place | null,
  workAreas: readonly Rectangle[],
  open: number,
): { readonly bounds: Rectangle; readonly maximized: boolean } | null {
  if (!remembered) return null
  const { bounds, maximized } = remembered
  const shifted = { ...bounds, x: bounds.x + open * STEP, y: bounds.y + open * STEP }
  return workAreas.some((area) => isWithinReach(shifted, area))
    ? { bounds: shifted, maximized: maximized && open === 0 }
    : null
}

function isWithinReach({ x, y, width }: Rectangle, area: Rectangle): boolean {
  const seen = Math.min(x + width, area.x + area.width) - Math.max(x, area.x)
  return seen >= GRIP.width && y >= area.y && y + GRIP.height <= area.y + area.height
}
