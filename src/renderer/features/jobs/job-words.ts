/** What there is to say of a job. */
import type { TFunction } from 'i18next'
import type { Job } from '../../../contract/jobs.ts'
import type { TimeLeft } from './time-left.ts'

type Translate = TFunction<'jobs'>

const fixedSteps = {
  'Waiting for its turn': 'steps.turn',
  Starting: 'steps.starting',
  'Starting again': 'steps.startingAgain',
  'Checking the file': 'steps.checking',
  'Listening to the recording': 'steps.listening',
  'Waiting to go on: the server is restarting': 'steps.restarting',
  'Waiting to try again': 'steps.tryAgain',
} as const
const isFixed = (step: string): step is keyof typeof fixedSteps => Object.hasOwn(fixedSteps, step)
const LINES = /^([\d,]+) of ([\d,]+) lines$/
const SESSION = /^Session (\d+) of (\d+)$/

/** The server tells a step in English. One that is known is told in the language of the page, another one as it came. */
export function stepWords(step: string, t: Translate, number: (value: number) => string): string {
  if (isFixed(step)) return t(fixedSteps[step])
  const told = (digits = '') => number(Number(digits.replaceAll(',', '')))
  const lines = LINES.exec(step)
  if (lines) return t('steps.lines', { done: told(lines[1]), total: told(lines[2]) })
  const session = SESSION.exec(step)
  if (session) return t('steps.session', { done: told(session[1]), total: told(session[2]) })
  return step
}

export function timeLeftWords(left: TimeLeft, t: Translate): string {
  switch (left.unit) {
    case 'moments':
      return t('left.moments')
    case 'under-a-minute':
      return t('left.underAMinute')
    case 'minutes':
      return t('left.minutes', { count: left.count })
    case 'hours':
      return t('left.hours', { count: left.count })
  }
}

export const filters = ['all', 'running', 'finished', 'failed'] as const
export type Filter = (typeof filters)[number]

const filterOf: Readonly<Record<Job['status'], Filter>> = {
  queued: 'running',
  running: 'running',
  done: 'finished',
  cancelled: 'finished',
  failed: 'failed',
}

export const isIn = (filter: Filter, { status }: Pick<Job, 'status'>) =>
  filter === 'all' || filterOf[status] === filter

/** What the file of an export is called where it is saved. */
export const exportName = ({
  title,
  finishedAt,
  createdAt,
}: Pick<Job, 'title' | 'finishedAt' | 'createdAt'>) =>
  `Attendance ${title} ${(finishedAt ?? createdAt).slice(0, 10)}.csv`
