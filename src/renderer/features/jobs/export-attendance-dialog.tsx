import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useFailureWords } from '../../ui/failure-words.ts'
import { ChoiceField } from './choice-field.tsx'
import { OrderJobDialog } from './order-job-dialog.tsx'
import { useAnswer } from './use-answer.ts'

export function ExportAttendanceDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('jobs')
  const failureWords = useFailureWords()
  const courses = useAnswer('listCourses')
  const [course, setCourse] = useState('')
  const known = courses?.ok ? courses.value.items : []

  return (
    <OrderJobDialog
      title={t('exportDialog.title')}
      description={t('exportDialog.description')}
      submit={t('exportDialog.submit')}
      order={{ kind: 'attendance-export', course }}
      onClose={onClose}
    >
      <ChoiceField
        label={t('course')}
        value={course}
        onChange={setCourse}
        busy={courses === null}
        problem={courses?.ok === false ? failureWords(courses.failure) : undefined}
        prompt={courses?.ok && known.length === 0 ? t('exportDialog.noCourse') : t('exportDialog.choose')}
        choices={known.map(({ course: name, sessions }) => ({
          value: name,
          words: t('exportDialog.option', { course: name, count: sessions }),
        }))}
      />
    </OrderJobDialog>
  )
}
