import {
  AudioLines,
  Download,
  Ellipsis,
  FileText,
  Image,
  Play,
  Stethoscope,
  Table2,
  Trash2,
  TriangleAlert,
} from 'lucide-react'
import { memo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { StoredFile } from '../../../contract/library.ts'
import { Button } from '../../ui/button.tsx'
import { Menu, MenuItem } from '../../ui/menu.tsx'
import { useNow, useTimeWords } from '../../ui/time.ts'
import { problemInWords, sizeInWords } from './file-words.ts'
import { kindOf, type FileKind } from './shown-files.ts'
import { useFailureWords } from '../../ui/failure-words.ts'

/** Files drawn at a time: nobody reads past these unasked. */
const STEP = 60

export interface FileActions {
  play(file: StoredFile): void
  save(file: StoredFile): void
  diagnose(file: StoredFile): void
  remove(file: StoredFile): void
}

interface FileListProps {
  readonly files: readonly StoredFile[]
  /** The one in the player. */
  readonly playing: string | null
  readonly actions: FileActions
}

export function FileList({ files, playing, actions }: FileListProps) {
  const [limit, setLimit] = useState(STEP)
  const { t } = useTranslation('library')
  const now = useNow(60_000)
  return (
    <>
      <ul
        aria-label={t('files.label')}
        className="divide-y divide-line overflow-clip rounded-card border border-line bg-surface shadow-lift"
      >
        {files.slice(0, limit).map((file) => (
          <FileRow key={file.id} file={file} now={now} playing={file.id === playing} actions={actions} />
        ))}
      </ul>
      {files.length > limit && (
        <Button className="mt-6" onClick={() => setLimit(limit + STEP)}>
          {t('files.more', { count: files.length - limit })}
        </Button>
      )}
    </>
  )
}

const icons: Readonly<Record<FileKind, typeof AudioLines>> = {
  recording: AudioLines,
  table: Table2,
  document: FileText,
  picture: Image,
}

interface FileRowProps {
  readonly file: StoredFile
  readonly now: number
  readonly playing: boolean
  readonly actions: FileActions
}

const FileRow = memo(function FileRow({ file, now, playing, actions }: FileRowProps) {
  const { t, i18n } = useTranslation('library')
  const { dayAndTime } = useTimeWords()
  const failureWords = useFailureWords()
  const { name, contentType, size, status, problem, createdAt } = file
  const kind = kindOf(contentType)
  const refused = status === 'refused'
  const Icon = refused ? TriangleAlert : icons[kind]

  return (
    <li
      aria-current={playing || undefined}
      className="flex items-center gap-x-4 py-3 ps-4 pe-2 aria-[current]:bg-accent-wash sm:ps-5 sm:pe-3"
    >
      <span
        className={`grid size-11 shrink-0 place-items-center rounded-control max-[26rem]:hidden ${refused ? 'bg-alarm-wash text-alarm' : kind === 'recording' ? 'bg-accent-wash text-accent' : 'bg-sunken text-quiet'}`}
      >
        <Icon aria-hidden className="size-6" />
      </span>
      <div className="min-w-0 grow">
        <p className="font-medium break-words">
          <bdi>{name}</bdi>
        </p>
        <p className="text-note text-quiet tabular-nums">
          {t(`kind.${kind}`)} · {sizeInWords(size, i18n.language)} · {dayAndTime(createdAt, now)}
        </p>
        {refused && (
          <p className="mt-0.5 text-note text-alarm">
            {problemInWords(
              { kind: 'not-as-said', sentence: problem ?? '' },
              { t, language: i18n.language, failureWords },
            )}
          </p>
        )}
      </div>
      <div className="flex shrink-0 items-center">
        {kind === 'recording' && status === 'ready' && (
          <button
            type="button"
            aria-label={t('files.play', { name })}
            title={t('files.play', { name })}
            onClick={() => actions.play(file)}
            className="grid size-11 cursor-pointer place-items-center rounded-full text-accent transition-colors hover:bg-sunken"
          >
            <Play aria-hidden className="size-6 fill-current" />
          </button>
        )}
        <FileMenu file={file} actions={actions} />
      </div>
    </li>
  )
})

function FileMenu({ file, actions }: { file: StoredFile; actions: FileActions }) {
  const { t } = useTranslation('library')
  return (
    <Menu
      trigger={
        <button
          type="button"
          aria-label={t('files.menu', { name: file.name })}
          className="grid size-11 cursor-pointer place-items-center rounded-control text-quiet transition-colors hover:bg-sunken hover:text-ink data-[state=open]:bg-sunken"
        >
          <Ellipsis aria-hidden className="size-6" />
        </button>
      }
    >
      {file.status === 'ready' && (
        <MenuItem Icon={Download} onSelect={() => actions.save(file)}>
          {t('files.save')}
        </MenuItem>
      )}
      <MenuItem Icon={Stethoscope} onSelect={() => actions.diagnose(file)}>
        {t('files.diagnose')}
      </MenuItem>
      <MenuItem Icon={Trash2} onSelect={() => actions.remove(file)}>
        {t('files.delete')}
      </MenuItem>
    </Menu>
  )
}
