import { utilityProcess } from 'electron'

/** A program of ours in a process of its own: what hangs or crashes there costs nothing here. */
export interface HelperProcess {
  postMessage(message: unknown): void
  kill(): boolean
  on(event: 'message', listener: (message: unknown) => void): unknown
  on(event: 'exit', listener: (code: number | null) => void): unknown
}

/**
 * @param path a built script; it talks to us over `process.parentPort`
 * @param env all of its environment; ours unless given
 */
export function startHelper(path: string, name: string, env: NodeJS.ProcessEnv = process.env): HelperProcess {
  return utilityProcess.fork(path, [], { serviceName: name, stdio: 'inherit', env: { ...env } })
}
