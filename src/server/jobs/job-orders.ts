/** Who may order what, what it is called, and what it costs. */
import type { ContentType } from '../../contract/library.ts'
import type { JobOrder } from '../../contract/jobs.ts'
import type { Account } from '../../contract/model.ts'
import { Problem } from '../http/problem.ts'
import type { Library } from '../library/library.ts'
import { MAX_ROSTER_BYTES } from './roster-file.ts'

export interface PricedOrder {
  readonly title: string
  /** Credits. */
  readonly cost: number
}

/** One credit pays for so many bytes of a recording, begun or whole. */
const BYTES_A_CREDIT = 10 * 1024 ** 2

/**
 * An audio analysis costs one credit for each 10 MiB of the recording that is begun. Importing a roster and exporting
 * attendance is free.
 *
 * @throws {Problem} when this account cannot order it: `forbidden`, or what is wrong with the file
 */
export async function priceOrder(order: JobOrder, account: Account, library: Library): Promise<PricedOrder> {
  if (order.kind !== 'audio-analysis' && account.role === 'learner') {
    throw new Problem('forbidden', 'Only staff import rosters and export attendance.')
  }
  if (order.kind === 'attendance-export') return { title: order.course, cost: 0 }
  const { file } = await library.open(account.id, order.fileId)
  if (order.kind === 'roster-import') {
    checkType(file.contentType === 'text/csv', 'This file is no CSV file.')
    if (file.size > MAX_ROSTER_BYTES) {
      throw new Problem('invalid-request', 'This file is larger than 16 MiB. Divide it into several.')
    }
    return { title: file.name, cost: 0 }
  }
  checkType(isAudio(file.contentType), 'This file is no recording.')
  return { title: file.name, cost: Math.ceil(file.size / BYTES_A_CREDIT) }
}

const isAudio = (type: ContentType) => type.startsWith('audio/')

function checkType(fits: boolean, detail: string): void {
  if (!fits) throw new Problem('invalid-request', detail)
}
