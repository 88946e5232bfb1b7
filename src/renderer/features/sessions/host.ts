import type { Account, LiveSession } from '../../../contract/model.ts'

/** Whether the server lets this person start, change and end the session, and take down hands in it. */
export const hosts = ({ host }: Pick<LiveSession, 'host'>, { id, role }: Pick<Account, 'id' | 'role'>) =>
  host.id === id || role === 'admin'

/** Whether the server lets this person plan sessions. */
export const mayPlan = ({ role }: Pick<Account, 'role'>) => role === 'admin' || role === 'instructor'

/** Whether the server lets this person see who was there, and order jobs about a class. */
export const isStaff = ({ role }: Pick<Account, 'role'>) => role !== 'learner'
