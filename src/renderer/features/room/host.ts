import type { Account, LiveSession } from '../../../contract/model.ts'

/** Whether the server lets this person start and end the session and take down hands. */
export const hostsRoom = ({ host }: Pick<LiveSession, 'host'>, { id, role }: Account) =>
  host.id === id || role === 'admin'

/** Whether the server shows this person who was there. */
export const isStaff = ({ role }: Account) => role !== 'learner'
