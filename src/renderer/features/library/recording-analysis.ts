import type { Job, JobResult } from '../../../contract/jobs.ts'

export type SoundAnalysis = Extract<JobResult, { kind: 'audio-analysis' }>

/**
 * The analysis of a recording that says most: one that is done or under way, else the newest.
 *
 * @param jobs newest first
 */
export function analysisOf(fileId: string, jobs: readonly Job[] | null): Job | null {
  const ofIt = (jobs ?? []).filter(({ order }) => order.kind === 'audio-analysis' && order.fileId === fileId)
  return ofIt.find(({ status }) => status !== 'failed' && status !== 'cancelled') ?? ofIt[0] ?? null
}

export const soundOf = (job: Job | null): SoundAnalysis | null =>
  job?.result?.kind === 'audio-analysis' ? job.result : null
