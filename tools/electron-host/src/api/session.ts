import { EventEmitter } from 'node:events'
import { completeClass } from '../unimplemented.ts'
import { record } from './desktop.ts'

type RequestHandler = (
  contents: unknown,
  permission: string,
  answer: (granted: boolean) => void,
  details: object,
) => void
type CheckHandler = (contents: unknown, permission: string, origin: string, details: object) => boolean

/** Only the default session exists, and nothing of it outlives the process. */
export class Session extends EventEmitter {
  static {
    completeClass(Session, 'session')
  }

  #request: RequestHandler | null = null
  #check: CheckHandler | null = null
  #checksSpelling = false

  setPermissionRequestHandler(handler: RequestHandler | null): void {
    this.#request = handler
  }
  setPermissionCheckHandler(handler: CheckHandler | null): void {
    this.#check = handler
  }
  /** There are no devices. */
  setDevicePermissionHandler(_handler: ((details: object) => boolean) | null): void {}

  /** For the host only. Without handlers everything is granted, as in Electron. */
  static async allows(
    session: Session,
    contents: unknown,
    permission: string,
    url: string,
  ): Promise<boolean> {
    const { origin } = new URL(url)
    const details = { isMainFrame: true, requestingUrl: url, requestingOrigin: origin }
    if (session.#check && !session.#check(contents, permission, origin, details)) return false
    const request = session.#request
    if (!request) return true
    return new Promise((resolve) => request(contents, permission, resolve, details))
  }

  /** Requests of the host go through Node, which asks no proxy. */
  resolveProxy(_url: string): Promise<string> {
    return Promise.resolve('DIRECT')
  }

  /** There are no dictionaries, so nothing is ever checked. */
  setSpellCheckerEnabled(enabled: boolean): void {
    record('session.setSpellCheckerEnabled', enabled)
    this.#checksSpelling = enabled
  }
  isSpellCheckerEnabled(): boolean {
    return this.#checksSpelling
  }
  setSpellCheckerLanguages(languages: readonly string[]): void {
    record('session.setSpellCheckerLanguages', languages)
  }
  /** Some of those of Chromium. */
  readonly availableSpellCheckerLanguages: readonly string[] = ['de', 'en-GB', 'en-US', 'fr']
  addWordToSpellCheckerDictionary(word: string): boolean {
    record('session.addWordToSpellCheckerDictionary', word)
    return true
  }
  isPersistent(): boolean {
    return false
  }
}

export const defaultSession = new Session()
