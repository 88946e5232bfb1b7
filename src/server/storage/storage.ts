import { openDiskStore } from './disk-store.ts'
import type { ObjectStore } from './object-store.ts'
import { openS3Store } from './s3-store.ts'
import type { S3Settings } from './s3-service.ts'

export type StorageSettings = { readonly kind: 'disk'; readonly folder: string } | S3Settings

/**
 * Opens the store, after it has shown that it can be listed, written, read and deleted from.
 *
 * @param namespace 1 to 63 of a-z, 0-9 and `-`; everything is kept below it. It stands for the database that knows the
 * objects: two databases that share a folder or a bucket would otherwise sweep away each other's files.
 * @throws {StartFailure} `invalid-settings` or `storage-unusable`, saying what to do
 */
export function openObjectStore(settings: StorageSettings, namespace: string): Promise<ObjectStore> {
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(namespace)) throw new TypeError(`Not a namespace: ${namespace}`)
  return settings.kind === 'disk'
    ? openDiskStore(settings.folder, namespace)
    : openS3Store(settings, namespace)
}
