/**
 * The only ambient things core may use beside the language itself. They are in every runtime and read no clock,
 * no disk and no network. Core is compiled without DOM and Node types, so anything else is a type error.
 */
declare class AbortSignal {
  readonly aborted: boolean
  readonly reason: unknown
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void
  removeEventListener(type: 'abort', listener: () => void): void
}
declare class AbortController {
  readonly signal: AbortSignal
  abort(reason?: unknown): void
}
declare class TextDecoder {
  decode(bytes?: Uint8Array, options?: { stream?: boolean }): string
}
declare class URL {
  static canParse(text: string): boolean
  constructor(text: string, base?: string)
  readonly origin: string
  readonly hostname: string
  readonly protocol: string
}
