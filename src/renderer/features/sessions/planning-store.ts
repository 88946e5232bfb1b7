import { createStore, type StoreApi } from 'zustand'
import type { LiveSessionPlan, Failure, LiveSession, Result } from '../../../contract/model.ts'
import type { SessionClient } from '../../session-client.ts'
import { emptyForm, formOf, planOf, type PlanForm, type Problems } from './plan-form.ts'

/** What somebody has begun to write. It is kept while this window is open, whatever becomes of the dialog. */
export interface Draft {
  /** The one that is planned otherwise; null for a new one. */
  readonly session: LiveSession | null
  readonly form: PlanForm
  /** Whether anything was typed. */
  readonly touched: boolean
  /** Of the new session: however often it is sent, the server makes one. */
  readonly idempotencyKey: string
  readonly problems: Problems
  /** How often it was found that something has to be put right. */
  readonly refused: number
  readonly sending: boolean
  /** Why it was not planned when it was last tried. */
  readonly failure: Failure | null
}

export interface PlanningState {
  /** By the id of the session; `new` for one that there is not yet. */
  readonly drafts: Readonly<Record<string, Draft>>
  /** Which of them the dialog shows. */
  readonly open: string | null
  /** Whether what the dialog shows was begun before it was opened. */
  readonly resumed: boolean
  /** @param session the one to plan otherwise; null for a new one */
  begin(session: LiveSession | null): void
  startOver(): void
  change(change: Partial<PlanForm>): void
  close(): void
  /** @returns the session as it is planned now; null when that could not be done, and the dialog says why */
  submit(): Promise<LiveSession | null>
  forget(): void
}

export type PlanningStore = StoreApi<PlanningState>

const samePlan = (session: LiveSession, plan: LiveSessionPlan) =>
  session.title === plan.title &&
  session.course === plan.course &&
  session.description === plan.description &&
  (session.startedAt !== null || Date.parse(session.scheduledStart) === Date.parse(plan.scheduledStart)) &&
  Date.parse(session.scheduledEnd) === Date.parse(plan.scheduledEnd)

/**
 * @param planned hears of every session that was planned, also when its dialog was closed meanwhile
 * @param failed hears why one was not, when no dialog is there to say it
 */
export function createPlanningStore(
  client: Pick<SessionClient, 'call'>,
  planned: (session: LiveSession, isNew: boolean) => void,
  failed: (failure: Failure) => void,
  clock: () => number = Date.now,
): PlanningStore {
  const draftOf = (session: LiveSession | null): Draft => ({
    session,
    form: session ? formOf(session) : emptyForm(clock()),
    touched: false,
    idempotencyKey: crypto.randomUUID(),
    problems: {},
    refused: 0,
    sending: false,
    failure: null,
  })

  async function send(draft: Draft, plan: LiveSessionPlan): Promise<Result<LiveSession>> {
    if (draft.session) {
      return client.call('changeLiveSession', { params: { sessionId: draft.session.id }, body: plan })
    }
    const { idempotencyKey } = draft
    let answer = await client.call('createLiveSession', { body: plan, idempotencyKey })
    // An earlier try may have made it and its answer been lost; what was typed since then is still to be said.
    if (answer.ok && !samePlan(answer.value, plan)) {
      const { id, startedAt, scheduledStart } = answer.value
      const body = startedAt ? { ...plan, scheduledStart } : plan
      answer = await client.call('changeLiveSession', { params: { sessionId: id }, body })
    }
    // By the server's clock it may be due a moment later.
    if (answer.ok && draft.form.rightAway && answer.value.status === 'upcoming') {
      answer = await client.call('startLiveSession', { params: { sessionId: answer.value.id } })
    }
    return answer
  }

  return createStore<PlanningState>((set, get) => {
    const put = (which: string, change: Partial<Draft>) =>
      set(({ drafts }) => {
        const draft = drafts[which]
        return draft ? { drafts: { ...drafts, [which]: { ...draft, ...change } } } : {}
      })
    const drop = (which: string) => {
      const { [which]: _, ...drafts } = get().drafts
      set({ drafts })
    }

    return {
      drafts: {},
      open: null,
      resumed: false,

      begin(session) {
        const which = session?.id ?? 'new'
        const kept = get().drafts[which]
        set(({ drafts }) => ({
          drafts: { ...drafts, [which]: kept ?? draftOf(session) },
          open: which,
          resumed: kept !== undefined,
        }))
      },

      startOver() {
        const { open, drafts } = get()
        if (open === null || !drafts[open] || drafts[open].sending) return
        set({ drafts: { ...drafts, [open]: draftOf(drafts[open].session) }, resumed: false })
      },

      change(change) {
        const { open, drafts } = get()
        const draft = open === null ? undefined : drafts[open]
        if (open === null || !draft) return
        const mended = Object.fromEntries(
          Object.entries(draft.problems).filter(([field]) => !(field in change)),
        )
        put(open, { form: { ...draft.form, ...change }, touched: true, problems: mended })
      },

      close() {
        const { open, drafts } = get()
        if (open === null) return
        set({ open: null })
        if (!drafts[open]?.touched && !drafts[open]?.sending) drop(open)
      },

      async submit() {
        const { open, drafts } = get()
        const draft = open === null ? undefined : drafts[open]
        if (open === null || !draft || draft.sending) return null
        const checked = planOf(draft.form, draft.session, clock())
        if ('problems' in checked) {
          put(open, { problems: checked.problems, refused: draft.refused + 1, failure: null })
          return null
        }
        put(open, { problems: {}, failure: null, sending: true })
        const answer = await send(draft, checked.plan)
        const now = get()
        // Another person is here now.
        if (now.drafts[open]?.idempotencyKey !== draft.idempotencyKey) return null
        if (!answer.ok) {
          put(open, { sending: false, touched: true, failure: answer.failure })
          if (now.open !== open) failed(answer.failure)
          return null
        }
        drop(open)
        if (now.open === open) set({ open: null })
        planned(answer.value, draft.session === null)
        return answer.value
      },

      forget: () => set({ drafts: {}, open: null, resumed: false }),
    }
  })
}
