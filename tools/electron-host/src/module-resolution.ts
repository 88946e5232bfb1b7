/** Makes `electron` mean the host's module, for `require` and for `import`. */
import Module, { register } from 'node:module'
import { pathToFileURL } from 'node:url'

const NAMES = new Set(['electron', 'electron/main', 'electron/common', 'electron/utility'])

interface ModuleLoader {
  _load(request: string, parent: unknown, isMain: boolean): unknown
}

/** Runs in Node's loader thread, so it is passed on as text and can use nothing from here. */
const hooks = (names: readonly string[], exported: readonly string[]) => `
  const names = new Set(${JSON.stringify(names)})
  const source =
    'import { createRequire } from "node:module"\\n' +
    'const electron = createRequire(' + JSON.stringify(${JSON.stringify(pathToFileURL(__filename).href)}) + ')("electron")\\n' +
    'export default electron\\n' +
    ${JSON.stringify(exported)}.map((name) => 'export const ' + name + ' = electron.' + name + '\\n').join('')
  export const resolve = (specifier, context, next) =>
    names.has(specifier) ? { url: 'electron-host:electron', shortCircuit: true } : next(specifier, context)
  export const load = (url, context, next) =>
    url === 'electron-host:electron' ? { format: 'module', source, shortCircuit: true } : next(url, context)
`

export function resolveElectronTo(electron: object): void {
  // Node has no public hook for require before version 22.15 (module.registerHooks).
  const loader = Module as unknown as ModuleLoader
  const load = loader._load
  loader._load = function loadOrElectron(request, parent, isMain) {
    return NAMES.has(request) ? electron : (Reflect.apply(load, this, [request, parent, isMain]) as unknown)
  }
  const source = hooks([...NAMES], Object.keys(electron))
  register(`data:text/javascript,${encodeURIComponent(source)}`, pathToFileURL(__filename))
}
