/**
 * What a window costs: how soon it can be read and used, the script each page brings, how smoothly a long chat scrolls,
 * and what eight hours of chat leave in memory. The built app, the real server, a real keyring, all on this machine.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Page } from '@playwright/test'
import { launchApp, type LaunchedApp } from '../harness/app.ts'
import { signInColleague, type Colleague } from '../harness/colleague.ts'
import { eventually } from '../harness/eventually.ts'
import { startKeyring } from '../harness/keyring.ts'
import { createDatabase, startPostgres } from '../harness/postgres.ts'
import { repository } from '../harness/repository.ts'
import { startServer, type ServerProcess } from '../harness/server-process.ts'

type Say = (what: string) => void

const STARTS = 7
const ROOM = 'Organic Chemistry II: reaction mechanisms'
const SCROLLED_MESSAGES = 5000
const HOURS = 8
const MESSAGES_AN_HOUR = 200 * 60
const WRITERS = ['Noah Bennett', 'Amara Diallo']
const AT_ONCE = 16

const emailOf = (name: string) => `${name.toLowerCase().replace(' ', '.')}@northfield.example`
const maya = emailOf('Maya Okafor')

interface Stage {
  readonly server: ServerProcess
  launch(userDataDir?: string): Promise<LaunchedApp>
}

/** @param much whether so much is written that the server had better be on PostgreSQL */
async function onStage<T>(work: (stage: Stage) => Promise<T>, much = false): Promise<T> {
  const keyring = await startKeyring()
  const postgres = much ? await startPostgres() : null
  const server = await startServer({
    env: {
      LECTERN_LOG: 'silent',
      LECTERN_SIGN_IN_LIMIT: '10000',
      ...(postgres ? { DATABASE_URL: await createDatabase(postgres.administrator) } : {}),
    },
  })
  const apps: LaunchedApp[] = []
  try {
    return await work({
      server,
      async launch(userDataDir) {
        const options = { serverUrl: server.url, env: keyring.env }
        const app = await launchApp(userDataDir === undefined ? options : { ...options, userDataDir })
        apps.push(app)
        return app
      },
    })
  } finally {
    for (const app of apps) await app.dispose()
    await server.dispose()
    await postgres?.dispose()
    await keyring.stop()
  }
}

async function signIn(page: Page, server: ServerProcess): Promise<void> {
  await page.getByLabel('E-mail address').fill(maya)
  await page.getByLabel('Password', { exact: true }).fill(server.demoPassword)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('heading', { level: 1, name: 'Sessions' }).waitFor()
}

const chatOf = (page: Page) => page.getByRole('log', { name: 'Chat' })

async function openRoom(page: Page): Promise<void> {
  await page.getByRole('article', { name: ROOM }).getByRole('button', { name: 'Open', exact: true }).click()
  await chatOf(page).waitFor()
}

const median = (values: readonly number[]) => percentile(values, 0.5)
function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
}

/* ── the first look ───────────────────────────────────────────────────────────────────────────────────── */

export interface FirstLook {
  readonly what: string
  /** Milliseconds. */
  readonly median: number
  readonly most: number
}

/** Starts of an app that somebody is signed in to, and its page loaded again: from the start of either. */
export function benchStart(say: Say): Promise<readonly FirstLook[]> {
  return onStage(async ({ server, launch }) => {
    const first = await launch()
    await signIn(first.main, server)
    await first.quit()

    const whole: number[] = []
    const paint: number[] = []
    const usable: number[] = []
    const sessions: number[] = []
    for (let start = 1; start <= STARTS; start += 1) {
      say(`start ${start} of ${STARTS}`)
      const from = performance.now()
      const app = await launch(first.userDataDir)
      const { main } = app
      await main.getByRole('article').first().waitFor()
      whole.push(performance.now() - from)
      await main.addInitScript(noteFirstLooks)
      await main.reload()
      await main.getByRole('article').first().waitFor()
      const looks = await main.evaluate(() => ({
        painted: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN,
        usable: performance.getEntriesByName('bench-usable')[0]?.startTime ?? NaN,
        sessions: performance.getEntriesByName('bench-sessions')[0]?.startTime ?? NaN,
      }))
      paint.push(looks.painted)
      usable.push(looks.usable)
      sessions.push(looks.sessions)
      await app.quit()
    }
    const look = (what: string, values: readonly number[]): FirstLook => ({
      what,
      median: median(values),
      most: Math.max(...values),
    })
    return [
      look('page: first contentful paint', paint),
      look('page: interactive (its parts are there and take input)', usable),
      look('page: sessions of the server on screen', sessions),
      look('app: from starting the process to sessions on screen', whole),
    ]
  })
}

/** Runs in the page before its own script. Marks when the rail of pages can be pressed, and when a session is there. */
function noteFirstLooks(): void {
  const wanted = new Map([
    ['bench-usable', 'nav button'],
    ['bench-sessions', 'article'],
  ])
  const look = () => {
    for (const [name, selector] of wanted) {
      if (!document.querySelector(selector)) continue
      performance.mark(name)
      wanted.delete(name)
    }
    if (wanted.size > 0) requestAnimationFrame(look)
  }
  look()
}

/* ── the script of each page ──────────────────────────────────────────────────────────────────────────── */

export interface Shipped {
  readonly page: string
  readonly files: number
  /** Bytes. */
  readonly script: number
  readonly gzipped: number
}

const PAGES = ['library', 'jobs', 'diagnostics', 'settings']

/** What the window loads at its start, and what each page adds when somebody first goes there. */
export function benchScript(): readonly Shipped[] {
  const folder = join(repository, 'out/renderer')
  const assets = readdirSync(join(folder, 'assets')).filter((name) => name.endsWith('.js'))
  const textOf = (name: string) => readFileSync(join(folder, 'assets', name), 'utf8')
  const importsOf = (text: string) =>
    [...text.matchAll(/(?:from|import)\s*["']\.\/([^"']+\.js)["']/g)].map(([, name]) => name ?? '')

  function closure(entries: readonly string[], without: ReadonlySet<string>): Set<string> {
    const found = new Set<string>()
    const wanted = [...entries]
    for (const name of wanted) {
      if (found.has(name) || without.has(name) || !assets.includes(name)) continue
      found.add(name)
      wanted.push(...importsOf(textOf(name)))
    }
    return found
  }
  const measured = (page: string, names: ReadonlySet<string>): Shipped => {
    const texts = [...names].map(textOf)
    return {
      page,
      files: names.size,
      script: texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0),
      gzipped: texts.reduce((sum, text) => sum + gzipSync(text).byteLength, 0),
    }
  }

  const html = readFileSync(join(folder, 'index.html'), 'utf8')
  const entries = [...html.matchAll(/assets\/([^"']+\.js)/g)].map(([, name]) => name ?? '')
  const start = closure(entries, new Set())
  return [
    measured('at the start (sign-in, sessions, room)', start),
    ...PAGES.map((page) => {
      const entry = assets.filter((name) => name.startsWith(`${page}-page`))
      if (entry.length === 0) throw new Error(`out/renderer has no script for the page "${page}".`)
      return measured(`${page}, in addition`, closure(entry, start))
    }),
  ]
}

/* ── scrolling ────────────────────────────────────────────────────────────────────────────────────────── */

export interface Scrolled {
  readonly messages: number
  readonly frames: number
  /** Milliseconds between two frames. */
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly most: number
  /** Share of frames that came later than 1.5 frames of 60 a second after the one before. */
  readonly late: number
}

async function writers({ server }: Stage): Promise<{ people: Colleague[]; sessionId: string }> {
  const people = await Promise.all(
    WRITERS.map((name) =>
      signInColleague({ serverUrl: server.url, email: emailOf(name), password: server.demoPassword }),
    ),
  )
  const found = await people[0]!.call('listLiveSessions', { query: { search: ROOM } })
  const sessionId = found.items[0]?.id
  if (sessionId === undefined) throw new Error(`The demo school has no session called ${ROOM}.`)
  for (const person of people) await person.join(sessionId)
  return { people, sessionId }
}

const SENTENCES = [
  'Could you go back to the second slide?',
  'I think the carbocation rearranges first, because the tertiary one is more stable than the secondary one.',
  'Yes!',
  'The handout is at https://northfield.example/chem/mechanisms and has the same drawing on page 4.',
]

async function write(
  people: readonly Colleague[],
  sessionId: string,
  count: number,
  from = 0,
): Promise<string> {
  let next = from
  let last = ''
  const one = async (person: Colleague) => {
    while (next < from + count) {
      const index = next++
      const text = `${index}: ${SENTENCES[index % SENTENCES.length]}`
      if (index === from + count - 1) last = text
      await person.say(sessionId, text)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, (_, lane) => one(people[lane % people.length]!)))
  return last
}

/** From the end of a chat of 5,000 messages up to its beginning and down again, by the wheel's own steps. */
export function benchScroll(say: Say): Promise<Scrolled> {
  return onStage(async (stage) => {
    say(`writing ${SCROLLED_MESSAGES} messages`)
    const { people, sessionId } = await writers(stage)
    await write(people, sessionId, SCROLLED_MESSAGES)
    const { main } = await stage.launch()
    await signIn(main, stage.server)
    await openRoom(main)
    say('scrolling')
    const gaps = await scrolledThrough(main)
    return {
      messages: SCROLLED_MESSAGES,
      frames: gaps.length,
      p50: percentile(gaps, 0.5),
      p95: percentile(gaps, 0.95),
      p99: percentile(gaps, 0.99),
      most: Math.max(...gaps),
      late: gaps.filter((gap) => gap > 25).length / gaps.length,
    }
  }, true)
}

/** Scrolls to the first message and back to the last one. @returns milliseconds between frames */
function scrolledThrough(page: Page): Promise<number[]> {
  return chatOf(page).evaluate(async (log) => {
    const scrollerOf = (element: Element | null): HTMLElement => {
      for (let at = element; at instanceof HTMLElement; at = at.parentElement) {
        if (at.scrollHeight > at.clientHeight && getComputedStyle(at).overflowY !== 'visible') return at
      }
      throw new Error('the chat does not scroll')
    }
    const scroller = scrollerOf(log.querySelector('[data-seq]') ?? log)
    const gaps: number[] = []
    const frame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve))
    const firstShown = () => Number(log.querySelector('[data-seq]')?.getAttribute('data-seq'))
    async function run(step: number, done: () => boolean): Promise<void> {
      let before = await frame()
      for (let stuck = 0; !done() && stuck < 600;) {
        const top = scroller.scrollTop
        scroller.scrollTop += step
        const now = await frame()
        gaps.push(now - before)
        before = now
        // At the upper end the next messages are on their way.
        stuck = scroller.scrollTop === top ? stuck + 1 : 0
      }
    }
    const smallest = () => scroller.scrollTop <= 0 && firstShown() < 200
    await run(-240, smallest)
    await run(240, () => scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - 2)
    return gaps
  })
}

/* ── memory ───────────────────────────────────────────────────────────────────────────────────────────── */

export interface Hour {
  readonly hour: number
  readonly messages: number
  /** Bytes in use after a collection: of the page's script, and of main's. */
  readonly page: number
  readonly main: number
  /** Nodes of the page's document. */
  readonly nodes: number
}

/**
 * Eight hours of 200 messages a minute, as fast as the server takes them, into a room that is open all the time. The
 * time is simulated in this only: nobody waits between two messages.
 */
export function benchMemory(say: Say, measured: (hour: Hour) => void): Promise<readonly Hour[]> {
  return onStage(async (stage) => {
    const { people, sessionId } = await writers(stage)
    const app = await stage.launch()
    await signIn(app.main, stage.server)
    await openRoom(app.main)
    const devtools = await app.main.context().newCDPSession(app.main)
    const hours: Hour[] = []
    for (let hour = 1; hour <= HOURS; hour += 1) {
      say(`hour ${hour} of ${HOURS}`)
      const last = await write(people, sessionId, MESSAGES_AN_HOUR, (hour - 1) * MESSAGES_AN_HOUR)
      const arrived = chatOf(app.main).getByText(last)
      await eventually(`message ${last} on screen`, () => arrived.isVisible(), 600_000)
      await devtools.send('HeapProfiler.collectGarbage')
      const { usedSize } = await devtools.send('Runtime.getHeapUsage')
      const measuredNow: Hour = {
        hour,
        messages: hour * MESSAGES_AN_HOUR,
        page: usedSize,
        main: await mainHeap(app),
        nodes: await app.main.evaluate(() => document.querySelectorAll('*').length),
      }
      measured(measuredNow)
      hours.push(measuredNow)
    }
    return hours
  }, true)
}

const mainHeap = (app: LaunchedApp) =>
  app.electronApp.evaluate(() => {
    const { setFlagsFromString } = process.getBuiltinModule('node:v8')
    setFlagsFromString('--expose-gc')
    const collect = process.getBuiltinModule('node:vm').runInNewContext('gc') as () => void
    collect()
    return process.memoryUsage().heapUsed
  })
