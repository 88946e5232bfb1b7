import { useEffect, useId, useRef, useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import { useStores } from '../../stores.tsx'
import { Alert } from '../../ui/alert.tsx'
import { Button } from '../../ui/button.tsx'
import { Checkbox } from '../../ui/checkbox.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { useFailureWords } from '../../ui/failure-words.ts'
import { Field } from '../../ui/field.tsx'
import { useNow, useTimeWords } from '../../ui/time.ts'
import { ownZone, timesIn, type PlanForm } from './plan-form.ts'
import type { Draft } from './planning-store.ts'
import { dayOf } from './session-words.ts'

/** A session is planned, or planned otherwise. */
export function PlanDialog() {
  const { planning } = useStores()
  const draft = useStore(planning, ({ open, drafts }) => (open === null ? undefined : drafts[open]))
  // Another form begins at its first field.
  return draft && <OpenPlan key={draft.idempotencyKey} draft={draft} />
}

function OpenPlan({ draft }: { draft: Draft }) {
  const { t } = useTranslation('sessions')
  const { planning, sessions } = useStores()
  const failureWords = useFailureWords()
  const resumed = useStore(planning, (state) => state.resumed)
  const courses = useStore(sessions, (state) => state.courses)
  const form = useRef<HTMLFormElement>(null)
  const title = useRef<HTMLInputElement>(null)
  const alert = useRef<HTMLDivElement>(null)
  const id = useId()
  const [opener] = useState(() => document.activeElement)
  const opened = useRef(opener instanceof HTMLElement ? opener : null)

  const { session, form: typed, problems, refused, sending, failure } = draft
  const begun = session !== null && session.startedAt !== null
  const problem = (field: keyof PlanForm) => {
    const name = problems[field]
    return name && t(`plan.problem.${name}`)
  }
  const text = (field: 'title' | 'course' | 'date' | 'start' | 'end') => ({
    label: t(`plan.${field}`),
    value: typed[field],
    problem: problem(field),
    onChange: (event: { target: { value: string } }) =>
      planning.getState().change({ [field]: event.target.value }),
  })

  useEffect(() => {
    if (refused > 0) form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus()
  }, [refused])

  useEffect(() => alert.current?.focus(), [failure])

  const submit = (event: FormEvent) => {
    event.preventDefault()
    void planning.getState().submit()
  }

  return (
    <Dialog
      title={t(session ? 'plan.change' : 'plan.new')}
      description={t(begun ? 'plan.begun-hint' : session ? 'plan.change-hint' : 'plan.new-hint')}
      initialFocus={title}
      returnFocusTo={opened}
      onDismiss={() => planning.getState().close()}
    >
      <form ref={form} noValidate onSubmit={submit} className="mt-5 flex flex-col gap-4.5">
        {resumed && draft.touched && (
          <p className="flex flex-wrap items-center justify-between gap-x-3 rounded-control bg-accent-wash px-4 py-2 text-note text-accent">
            {t('plan.resumed')}
            <Button
              look="quiet"
              size="small"
              className="-me-2"
              onClick={() => planning.getState().startOver()}
            >
              {t('plan.start-over')}
            </Button>
          </p>
        )}
        <Field {...text('title')} ref={title} required autoComplete="off" />
        <Field {...text('course')} list={`${id}-courses`} autoComplete="off" />
        <datalist id={`${id}-courses`}>
          {courses.map(({ course }) => (
            <option key={course} value={course} />
          ))}
        </datalist>
        <div className="flex flex-col gap-1.5">
          <label htmlFor={`${id}-about`} className="text-note font-medium">
            {t('plan.description')}
          </label>
          <textarea
            id={`${id}-about`}
            rows={2}
            value={typed.description}
            aria-invalid={problems.description ? true : undefined}
            aria-describedby={problems.description ? `${id}-about-problem` : undefined}
            onChange={(event) => planning.getState().change({ description: event.target.value })}
            className={`w-full resize-y rounded-control border bg-surface px-3.5 py-2.5 ${problems.description ? 'border-alarm' : 'border-edge'}`}
          />
          {problems.description && (
            <p id={`${id}-about-problem`} className="text-note text-alarm">
              {problem('description')}
            </p>
          )}
        </div>
        {!session && (
          <Checkbox
            label={t('plan.right-away')}
            hint={t('plan.right-away-hint')}
            checked={typed.rightAway}
            onChange={(event) => planning.getState().change({ rightAway: event.target.checked })}
          />
        )}
        <div className="flex flex-col gap-2">
          {/* A time with its “pm” and its clock is cut in less. */}
          <div className="grid grid-cols-[repeat(auto-fit,minmax(min(9.5rem,100%),1fr))] gap-3">
            {!begun && !typed.rightAway && (
              <>
                <Field {...text('date')} type="date" max="2199-12-31" className="col-span-full min-w-0" />
                <Field {...text('start')} type="time" className="min-w-0" />
              </>
            )}
            <Field {...text('end')} type="time" className="min-w-0" />
          </div>
          <Times draft={draft} />
        </div>
        {failure && (
          <Alert
            ref={alert}
            message={`${t(session ? 'plan.failed-change' : 'plan.failed')} ${failureWords(failure)}`}
          />
        )}
        <div className="flex flex-wrap gap-3 pt-1">
          <Button type="submit" look="primary" className="grow" disabled={sending}>
            {sending
              ? t('plan.sending')
              : t(
                  failure
                    ? 'plan.try-again'
                    : session
                      ? 'plan.submit-change'
                      : typed.rightAway
                        ? 'plan.submit-now'
                        : 'plan.submit',
                )}
          </Button>
          <Button className="grow" onClick={() => planning.getState().close()}>
            {t('plan.close')}
          </Button>
        </div>
        {draft.touched && <p className="-mt-1.5 text-note text-quiet">{t('plan.kept')}</p>}
      </form>
    </Dialog>
  )
}

/** What the fields mean: the day, how long it takes, and by whose clocks. */
function Times({ draft }: { draft: Draft }) {
  const { t, i18n } = useTranslation('sessions')
  const words = useTimeWords()
  const { clockTime, timeSpan, lengthInWords } = words
  const now = useNow(60_000)
  const begun = draft.session?.startedAt ? Date.parse(draft.session.scheduledStart) : null
  const { start, end, twice } = timesIn(draft.form, now, undefined, begun)
  const whole = start !== null && end !== null && end > start
  const overnight = whole && new Date(start).toDateString() !== new Date(end).toDateString()
  return (
    <div className="text-note text-quiet">
      {whole && (
        <p className="font-medium text-ink">
          {t(overnight ? 'plan.lasts-over-night' : 'plan.lasts', {
            day: dayOf(start, now, words, i18n.language),
            times: overnight ? `${clockTime(start)} – ${clockTime(end)}` : timeSpan(start, end),
            length: lengthInWords(end - start),
          })}
        </p>
      )}
      <p>{t('plan.zone', { zone: zoneName(start ?? now, i18n.language) })}</p>
      {twice && <p className="text-warn">{t('plan.twice')}</p>}
    </div>
  )
}

/** `Central European Standard Time (Europe/Berlin)`: as it is called at that moment, which may be summer. */
function zoneName(moment: number, language: string): string {
  const parts = new Intl.DateTimeFormat(language, { timeZoneName: 'long' }).formatToParts(moment)
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value
  return name && name !== ownZone() ? `${name} (${ownZone()})` : ownZone()
}
