/** Stores for a session that is kept in memory only, because the person said so or the keychain is not usable. */
import type { FileStore, SecretStore } from './ports.ts'

const done = <T>(value: T) => Promise.resolve({ ok: true as const, value })

/** Nothing can go wrong in it, so it serves as either. */
export function memoryStore(): SecretStore & FileStore {
  const entries = new Map<string, string>()
  return {
    read: (name: string) => done(entries.get(name) ?? null),
    write: (name: string, text: string) => done(void entries.set(name, text)),
    remove: (name: string) => done(void entries.delete(name)),
  }
}

/** @param memoryOnly asked at each call: whether to use memory instead of `files` */
export function filesOrMemory(files: FileStore, memoryOnly: () => boolean): FileStore {
  const memory = memoryStore()
  const store = () => (memoryOnly() ? memory : files)
  return {
    read: (name) => store().read(name),
    write: (name, text) => store().write(name, text),
    remove: (name) => store().remove(name),
  }
}
