/** Measures one recording in a thread of its own, and ends. */
import { parentPort } from 'node:worker_threads'
import { ToAudioWorker, type FromAudioWorker } from './audio-messages.ts'
import { measureRecording } from './recording.ts'

const port = parentPort
if (!port) throw new Error('audio-worker runs as a worker thread only')
const say = (message: FromAudioWorker) => port.postMessage(message)

const arrived: ToAudioWorker[] = []
let wake = () => {}
port.on('message', (message: unknown) => {
  arrived.push(ToAudioWorker.parse(message))
  wake()
})

async function* received(): AsyncGenerator<Uint8Array> {
  for (;;) {
    const next = arrived.shift()
    if (next === null) return
    if (next === undefined) {
      await new Promise<void>((resolve) => (wake = resolve))
      continue
    }
    const bytes = next.length
    yield next
    // Asked for more, so what was given before is read.
    say({ kind: 'read', bytes })
  }
}

say({ kind: 'result', result: await measureRecording(received()) })
port.close()
