export type StartFailureCode =
  | 'invalid-settings'
  | 'data-folder-in-use'
  | 'data-folder-unusable'
  | 'database-unreachable'
  | 'database-newer'
  | 'storage-unusable'
  | 'address-in-use'
  | 'internal'

/** Why the server could not start; the message is a plain sentence for whoever started it. */
export class StartFailure extends Error {
  readonly code: StartFailureCode

  constructor(code: StartFailureCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StartFailure'
    this.code = code
  }
}
