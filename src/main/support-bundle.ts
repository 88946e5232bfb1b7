/**
 * What somebody may send to a support desk: made of what is listed here and of nothing else, and searched for secrets
 * once more. The desk learns what happened when, on what kind of machine, with which server; not who was taught what.
 */
import { randomUUID } from 'node:crypto'
import type { HealthCheck, SessionFacts, SupportBundle, TimelineEntry } from '../contract/diagnostics.ts'
import { settingNames, type EffectiveSettings } from '../contract/settings.ts'

export interface BundleContents {
  /** Epoch milliseconds. */
  readonly at: number
  /** Versions, platform, language: what is printed as `name: value`. */
  readonly about: Readonly<Record<string, string>>
  readonly settings: EffectiveSettings
  readonly facts: SessionFacts
  readonly checks: readonly HealthCheck[]
  /** Oldest first. */
  readonly entries: readonly TimelineEntry[]
  readonly log: string
  /** The person's own folder, whose name is often theirs. */
  readonly home: string
}

/** What crosses IPC has a limit, and the quotes of JSON count twice in it. */
const TIMELINE_BYTES = 2 * 1024 * 1024

/** What the core notes beside an event. A word it does not know yet stays out until somebody has looked at it. */
const DETAILS: ReadonlySet<string> = new Set([
  'alive',
  'attempt',
  'cause',
  'code',
  'forgotten',
  'from',
  'generation',
  'inMs',
  'lastsMs',
  'left',
  'memoryOnly',
  'missed',
  'monotonicMs',
  'online',
  'problem',
  'reason',
  'secondsLeft',
  'seq',
  'step',
  'to',
  'tookMs',
  'tries',
  'version',
  'waitMs',
  'waiting',
  'wallMs',
  'why',
])
/** The core's own words: `clock-jump`, `no pong`, `0.1.0`. Too short for a token, and no address. */
const PLAIN_WORDS = /^[a-z0-9][a-z0-9 .-]{0,38}$/i

const EMAIL = /[\p{L}\p{N}._%+'-]+@([\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+)/gu
const JWT = /\bey[\w-]{6,}\.[\w-]+(?:\.[\w-]*)?/g
const AUTHORIZATION = /\b(Bearer|Basic|DPoP)\s+[^\s"]+/gi
const NAMED_SECRET =
  /("?\b(?:(?:access|refresh|id)[_-]?token|token|password|passwd|secret|api[_-]?key|cookie|[?&]code)"?\s*[:=]\s*"?)([^\s"&,;}]{6,})/gi
/** Nobody's word: very long, or long and of capitals, small letters and digits. A dot ends one, or host names would go. */
const RANDOM = /[\w+=~-]{40,}|(?=[\w+=~-]*[A-Z])(?=[\w+=~-]*[a-z])(?=[\w+=~-]*\d)[\w+=~-]{20,}/g
const CREDENTIALS_IN_URL = /([a-z][a-z0-9+.-]*:\/\/)[^\s/@"]+@/gi
const USER_FOLDER = /((?:\/home|\/Users|[A-Z]:(?:\\{1,2}|\/)Users)(?:\\{1,2}|\/))[^\\/\s"':]+/g

/** Text of foreign code can hold anything, so what a secret or a person's name looks like goes. Host names stay. */
export function scrub(text: string, home: string): string {
  // As it stands, as JSON writes it, and as an address writes it.
  const homes = [home, JSON.stringify(home).slice(1, -1), encodeURI(home), home.replaceAll('\\', '/')]
  const withoutHome = homes
    .filter((path) => path.length > 1)
    .reduce((left, path) => left.replaceAll(path, '~'), text)
  return withoutHome
    .replaceAll(USER_FOLDER, '$1[person]')
    .replaceAll(CREDENTIALS_IN_URL, '$1')
    .replaceAll(EMAIL, '[person]@$1')
    .replaceAll(JWT, '[removed]')
    .replaceAll(AUTHORIZATION, '$1 [removed]')
    .replaceAll(NAMED_SECRET, '$1[removed]')
    .replaceAll(RANDOM, '[removed]')
}

function plainEntry({ wall, monotonic, event, detail }: TimelineEntry): TimelineEntry {
  const kept = Object.entries(detail).filter(
    ([name, value]) => DETAILS.has(name) && (typeof value !== 'string' || PLAIN_WORDS.test(value)),
  )
  return {
    wall,
    monotonic,
    event: PLAIN_WORDS.test(event) ? event : '[removed]',
    detail: Object.fromEntries(kept),
  }
}

/** The newest lines that fit, oldest first. */
function newestLines(entries: readonly TimelineEntry[]): string {
  const lines: string[] = []
  let left = TIMELINE_BYTES
  for (const entry of entries.toReversed()) {
    const line = JSON.stringify(plainEntry(entry))
    left -= line.length + 1
    if (left < 0) break
    lines.push(line)
  }
  return lines.reverse().join('\n')
}

const inLines = (value: unknown) => JSON.stringify(value, null, 2)

export function createSupportBundle(contents: BundleContents): SupportBundle {
  const { at, about, settings, facts, checks, entries, log, home } = contents
  const texts: Readonly<Record<string, string>> = {
    'about.txt': Object.entries({ ...about, 'written at': new Date(at).toISOString() })
      .map(([name, value]) => `${name}: ${value}`)
      .join('\n'),
    'checks.json': inLines(checks),
    'facts.json': inLines(facts),
    'settings.json': inLines(Object.fromEntries(settingNames.map((name) => [name, settings[name]]))),
    'timeline.jsonl': newestLines(entries),
    'log.txt': log,
  }
  const files = Object.entries(texts).map(([name, whole]) => {
    const text = `${scrub(whole, home)}\n`
    return { name, bytes: Buffer.byteLength(text), text }
  })
  return { id: randomUUID(), files }
}
