/** Whether bytes are what they were said to be. The content decides, not the name. */
import { Readable } from 'node:stream'
import { fileTypeFromStream } from 'file-type/node'
import type { ContentType } from '../../contract/library.ts'

/** What file-type calls it. A container that may hold several things is taken for what it was said to hold. */
const signatures: Readonly<Record<Exclude<ContentType, 'text/csv'>, readonly string[]>> = {
  'audio/wav': ['audio/wav'],
  'audio/mpeg': ['audio/mpeg'],
  'audio/flac': ['audio/flac'],
  'audio/ogg': ['audio/ogg', 'audio/ogg; codecs=opus', 'application/ogg'],
  'audio/mp4': ['audio/mp4', 'audio/x-m4a', 'video/mp4'],
  'application/pdf': ['application/pdf'],
  'image/png': ['image/png'],
  'image/jpeg': ['image/jpeg'],
  'image/webp': ['image/webp'],
}

const names: Readonly<Record<ContentType, string>> = {
  'audio/wav': 'a WAV recording',
  'audio/mpeg': 'an MP3 recording',
  'audio/flac': 'a FLAC recording',
  'audio/ogg': 'an Ogg recording',
  'audio/mp4': 'an MP4 recording',
  'text/csv': 'a CSV file',
  'application/pdf': 'a PDF document',
  'image/png': 'a PNG picture',
  'image/jpeg': 'a JPEG picture',
  'image/webp': 'a WebP picture',
}

/**
 * Formats that are text themselves. Anything else file-type sees in clean text is two or three letters that some
 * binary format begins with too, such as a first column named "BMI".
 */
const textFormats = [
  'application/pdf',
  'application/rtf',
  'application/xml',
  'application/postscript',
  'application/eps',
  'text/vtt',
  'text/vcard',
  'text/calendar',
]

/**
 * Reads as much as it takes: of text everything, of anything else the beginning.
 *
 * @param bytes called once for each reading
 * @returns a plain sentence about what is wrong; null when nothing is
 */
export async function problemWith(
  contentType: ContentType,
  bytes: () => AsyncIterable<Uint8Array>,
): Promise<string | null> {
  const said = `This is not ${names[contentType]}, as it was said to be`
  const found = await signatureOf(bytes())
  if (contentType !== 'text/csv') {
    if (found && signatures[contentType].includes(found)) return null
    return found
      ? `${said}: its content is ${found}.`
      : `${said}: its content is of no kind that is known here.`
  }
  if (found && textFormats.includes(found)) return `${said}: its content is ${found}.`
  if (await isText(bytes())) return null
  return found
    ? `${said}: its content is ${found}.`
    : `${said}: its content is no plain text in UTF-8. Save it again as “CSV UTF-8”.`
}

async function signatureOf(bytes: AsyncIterable<Uint8Array>): Promise<string | null> {
  const stream = Readable.from(bytes, { objectMode: false })
  let failure: Error | undefined
  stream.on('error', (error) => (failure = error))
  try {
    return (await fileTypeFromStream(stream))?.mime ?? null
  } catch {
    // What the store could not give says nothing about the file; what file-type could not read is of no known kind.
    if (failure) throw failure
    return null
  } finally {
    stream.destroy()
  }
}

/** UTF-8 without the control characters that no text has. */
async function isText(bytes: AsyncIterable<Uint8Array>): Promise<boolean> {
  const utf8 = new TextDecoder('utf-8', { fatal: true })
  try {
    for await (const piece of bytes) {
      // eslint-disable-next-line no-control-regex
      if (/[\0-\x08\x0e-\x1f\x7f]/.test(utf8.decode(piece, { stream: true }))) return false
    }
    utf8.decode()
    return true
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return false
    throw error
  }
}
