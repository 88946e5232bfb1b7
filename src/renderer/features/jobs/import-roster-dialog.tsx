import { useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useStores } from '../../stores.tsx'
import { Button } from '../../ui/button.tsx'
import { Field } from '../../ui/field.tsx'
import { useFailureWords } from '../../ui/failure-words.ts'
import { useNow, useTimeWords } from '../../ui/time.ts'
import { ChoiceField } from './choice-field.tsx'
import { OrderJobDialog } from './order-job-dialog.tsx'
import { useAnswer } from './use-answer.ts'

export function ImportRosterDialog({ onClose }: { onClose: () => void }) {
  const { goTo } = useStores()
  const { t } = useTranslation('jobs')
  const { dayAndTime } = useTimeWords()
  const now = useNow(60_000)
  const failureWords = useFailureWords()
  const files = useAnswer('listFiles')
  const courses = useAnswer('listCourses')
  const [fileId, setFileId] = useState('')
  const [course, setCourse] = useState('')
  const listId = useId()
  const rosters = files?.ok
    ? files.value.items.filter(({ contentType, status }) => contentType === 'text/csv' && status === 'ready')
    : null

  return (
    <OrderJobDialog
      title={t('import.title')}
      description={t('import.description')}
      submit={t('import.submit')}
      order={{ kind: 'roster-import', fileId, course }}
      onClose={onClose}
    >
      {rosters?.length === 0 ? (
        <div className="flex flex-col items-start gap-3 rounded-control bg-sunken p-4">
          <p>{t('import.noFile')}</p>
          <Button
            size="small"
            onClick={() => {
              onClose()
              goTo({ name: 'library' })
            }}
          >
            {t('import.toLibrary')}
          </Button>
        </div>
      ) : (
        <ChoiceField
          label={t('import.file')}
          value={fileId}
          onChange={setFileId}
          busy={files === null}
          problem={files?.ok === false ? failureWords(files.failure) : undefined}
          prompt={t('import.choose')}
          choices={(rosters ?? []).map(({ id, name, createdAt }) => ({
            value: id,
            words: `${name} (${dayAndTime(createdAt, now)})`,
          }))}
        />
      )}
      <Field
        label={t('course')}
        hint={t('import.courseHint')}
        value={course}
        maxLength={120}
        list={listId}
        autoComplete="off"
        onChange={(event) => setCourse(event.target.value)}
      />
      <datalist id={listId}>
        {courses?.ok &&
          courses.value.items.map((known) => <option key={known.course} value={known.course} />)}
      </datalist>
    </OrderJobDialog>
  )
}
