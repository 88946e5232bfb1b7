/** Stores for a session that is kept in memory only, because the person said so or the keychain is not usable. */
import { succeed } from '../contract/model.ts'
import type { FileStore, SecretStore } from './ports.ts'

export function memorySecrets(): SecretStore {
  const entries = new Map<string, string>()
  return {
    read: (name) => Promise.resolve({ ok: true, value: entries.get(name) ?? null }),
    write: (name, secret) => {
      entries.set(name, secret)
      return Promise.resolve({ ok: true, value: undefined })
    },
    remove: (name) => {
      entries.delete(name)
      return Promise.resolve({ ok: true, value: undefined })
    },
  }
}

/** @param memoryOnly asked at each call: whether to use memory instead of `files` */
export function filesOrMemory(files: FileStore, memoryOnly: () => boolean): FileStore {
  const entries = new Map<string, string>()
  return {
    read: (name) => (memoryOnly() ? Promise.resolve(succeed(entries.get(name) ?? null)) : files.read(name)),
    write(name, text) {
      if (!memoryOnly()) return files.write(name, text)
      entries.set(name, text)
      return Promise.resolve(succeed(undefined))
    },
    remove(name) {
      if (!memoryOnly()) return files.remove(name)
      entries.delete(name)
      return Promise.resolve(succeed(undefined))
    },
  }
}
