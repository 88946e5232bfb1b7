import type { z } from 'zod'

/** Parses text that came from outside. Null when it is no JSON or not what the schema says. */
export function parseJson<S extends z.ZodType>(schema: S, text: string): z.infer<S> | null {
  try {
    const parsed = schema.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}
