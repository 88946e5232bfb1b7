/**
 * Imported before any schema: zod otherwise tries `new Function` to see whether it may, and our content security
 * policy reports each try.
 */
import { config } from 'zod'

config({ jitless: true })
