import { EventEmitter } from 'node:events'
import { completeClass } from '../unimplemented.ts'

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

  /** There are no dictionaries, so nothing is ever checked. */
  setSpellCheckerEnabled(_enabled: boolean): void {}
  isSpellCheckerEnabled(): boolean {
    return false
  }
  setSpellCheckerLanguages(_languages: readonly string[]): void {}
  isPersistent(): boolean {
    return false
  }
}

export const defaultSession = new Session()
