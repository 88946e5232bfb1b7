import { isPrivilegedScheme, registerPrivilegedScheme, type SchemePrivileges } from '../custom-schemes.ts'
import { complete } from '../unimplemented.ts'

export type ProtocolHandler = (request: Request) => Response | Promise<Response>

const handlers = new Map<string, ProtocolHandler>()

export const protocolHandlerOf = (url: string): ProtocolHandler | undefined =>
  handlers.get(new URL(url).protocol.slice(0, -1))

interface CustomScheme {
  readonly scheme: string
  readonly privileges?: SchemePrivileges
}

/** @param isReady whether the app is: privileges are given before, handlers after. */
export const createProtocol = (isReady: () => boolean) =>
  complete('protocol', {
    registerSchemesAsPrivileged(schemes: readonly CustomScheme[]): void {
      if (isReady())
        throw new Error('protocol.registerSchemesAsPrivileged should be called before app is ready')
      for (const { scheme, privileges } of schemes) registerPrivilegedScheme(scheme, privileges ?? {})
    },
    handle(scheme: string, handler: ProtocolHandler): void {
      if (!isReady()) throw new Error('protocol.handle can only be used after app is ready')
      if (!isPrivilegedScheme(scheme)) {
        throw new Error(`electron-host: '${scheme}' was not given to protocol.registerSchemesAsPrivileged.`)
      }
      if (handlers.has(scheme)) throw new Error(`Failed to register protocol: ${scheme}`)
      handlers.set(scheme, handler)
    },
    unhandle(scheme: string): void {
      if (!handlers.delete(scheme)) throw new Error(`Failed to unhandle protocol: ${scheme}`)
    },
    isProtocolHandled: (scheme: string): boolean => handlers.has(scheme),
  })
