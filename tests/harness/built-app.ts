import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { repository } from './repository.ts'

/** Playwright's global set-up: says what to type instead of letting every spec fail for the same reason. */
export default function requireBuiltApp(): void {
  if (!existsSync(join(repository, 'out/main/index.js'))) {
    throw new Error(
      'The app is not built. Type `npm run build` first, or run the specs with `npm run test:e2e`.',
    )
  }
}
