/** What the host does not have says so by name, instead of being silently undefined. Runs in Node and in pages. */

// Asked for by `await`, by JSON.stringify and by inspectors, of any object at all.
const ASKED_OF_EVERYTHING = new Set([
  'then',
  'toJSON',
  'constructor',
  'prototype',
  'nodeType',
  'asymmetricMatch',
])

const refuse = (name: string): never => {
  throw new Error(`electron-host: ${name} is not implemented (tools/electron-host/README.md).`)
}

const guard = (name: string): ProxyHandler<object> => ({
  get(target, key, receiver) {
    if (key in target || typeof key === 'symbol' || ASKED_OF_EVERYTHING.has(key)) {
      return Reflect.get(target, key, receiver) as unknown
    }
    return refuse(`${name}.${key}`)
  },
})

/** @returns `members`, with a clear error for every member that is not there. */
export const complete = <T extends object>(name: string, members: T): T =>
  new Proxy(members, guard(name)) as T

/**
 * The same for a class and all its instances. The guard stands behind their prototypes, so that `this` stays the
 * object itself and private fields work.
 */
export function completeClass(type: { readonly prototype: object }, name: string): void {
  for (const holder of [type, type.prototype]) {
    const behind = Object.getPrototypeOf(holder) as object
    Object.setPrototypeOf(holder, new Proxy(behind, guard(name)))
  }
}

/** A whole module or class that is missing: every use of it says so. */
export function missing(name: string): never {
  const refuseUse = () => refuse(name)
  return new Proxy(class {}, {
    get: (_target, key) =>
      typeof key === 'symbol' || ASKED_OF_EVERYTHING.has(key) ? undefined : refuse(`${name}.${key}`),
    construct: refuseUse,
    apply: refuseUse,
  }) as never
}
