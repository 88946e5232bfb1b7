/**
 * Holds keytar, and nothing else, in a process of its own: on Linux a call can block for good, take the whole
 * thread pool with it or crash. Main sends one request at a time and ends this process when it does not answer.
 */
import type { ParentPort } from 'electron'
import { KeychainRequest, type KeychainAnswer } from './keychain-messages.ts'

const port: ParentPort = process.parentPort

async function carryOut(request: KeychainRequest): Promise<string | null> {
  // Throws where libsecret is not installed, so it must not be loaded before somebody can hear of it.
  const { default: keytar } = await import('keytar')
  const { service, name } = request
  switch (request.operation) {
    case 'read':
      return keytar.getPassword(service, name)
    case 'write':
      await keytar.setPassword(service, name, request.secret)
      return null
    case 'remove':
      return (await keytar.deletePassword(service, name)) ? name : null
  }
}

port.on('message', ({ data }: { data: unknown }) => {
  const request = KeychainRequest.parse(data)
  const answer = (content: { ok: true; value: string | null } | { ok: false; error: string }) =>
    port.postMessage({ id: request.id, ...content } satisfies KeychainAnswer)
  carryOut(request).then(
    (value) => answer({ ok: true, value }),
    (error: unknown) => answer({ ok: false, error: error instanceof Error ? error.message : String(error) }),
  )
})
