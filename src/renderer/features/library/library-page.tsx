import { Upload as UploadIcon } from 'lucide-react'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import type { StoredFile } from '../../../contract/library.ts'
import { useStores } from '../../stores.tsx'
import { Button } from '../../ui/button.tsx'
import { useFailureWords } from '../../ui/failure-words.ts'
import { LoadFailed } from '../../ui/load-failed.tsx'
import { PageFrame } from '../../ui/page-frame.tsx'
import { SearchBox } from '../../ui/search-box.tsx'
import { Select } from '../../ui/select.tsx'
import { useNow, useTimeWords } from '../../ui/time.ts'
import { useRefreshing } from '../../ui/use-refreshing.ts'
import { isConnected } from '../connection/connection-words.ts'
import { CreditsButton } from '../credits/credits-button.tsx'
import { AudioPlayer } from './audio-player.tsx'
import { ChooseFiles } from './choose-files.tsx'
import { DeleteDialog, DiagnosisDialog } from './file-dialogs.tsx'
import { FileList, type FileActions } from './file-list.tsx'
import { fileKinds, fileOrders, shownFiles, type FileChoice } from './shown-files.ts'
import { useFileDrop } from './use-file-drop.ts'
import { Uploads } from './uploads.tsx'

/** Milliseconds between two looks at the server while the page can be seen. */
const REFRESH_EVERY = 30_000

type Asking = { readonly about: 'delete' | 'diagnosis'; readonly file: StoredFile }

export default function LibraryPage() {
  const { library, uploads, credits, client, notices, window } = useStores()
  const { t } = useTranslation('library')
  const files = useStore(library, (state) => state.files)
  const sending = useStore(uploads, (state) => state.uploads)
  const [playing, setPlaying] = useState<{ readonly file: StoredFile; readonly time: number } | null>(null)
  const [asking, setAsking] = useState<Asking | null>(null)
  const [said, setSaid] = useState('')
  const { add, goOn } = uploads.getState()
  const above = useFileDrop(add)
  const reachable = useStore(window, (state) => isConnected(state.session))
  useRefreshing(
    () => {
      void library.getState().refresh()
      void credits.getState().refresh()
    },
    REFRESH_EVERY,
    reachable,
  )

  const here = useMemo(() => new Set(sending.map(({ fileId }) => fileId)), [sending])
  const others = useMemo(() => files?.filter(({ id }) => !here.has(id)) ?? null, [files, here])
  const unfinished = others?.filter(({ status }) => status === 'uploading') ?? []
  const kept = useMemo(() => others?.filter(({ status }) => status !== 'uploading') ?? null, [others])

  const actions = useMemo<FileActions>(
    () => ({
      // Asked for once more, it begins once more.
      play: (file) => setPlaying((before) => ({ file, time: (before?.time ?? 0) + 1 })),
      diagnose: (file) => setAsking({ about: 'diagnosis', file }),
      remove: (file) => setAsking({ about: 'delete', file }),
      async save({ id, name }) {
        setSaid('')
        const saved = await client.ask('file:save', { what: 'file', fileId: id, name })
        if (!saved.ok) notices.getState().show(saved.failure)
        else if (saved.value.savedAs !== null) setSaid(t('files.saved', { path: saved.value.savedAs }))
      },
    }),
    [client, notices, t],
  )

  const upload = (
    <ChooseFiles look="primary" multiple onChosen={add}>
      <UploadIcon aria-hidden className="size-5" />
      {t('upload')}
    </ChooseFiles>
  )
  const playable = playing && kept?.some(({ id }) => id === playing.file.id) ? playing : null

  return (
    <div className="relative flex min-h-0 grow flex-col">
      <PageFrame
        title={t('title')}
        actions={
          <>
            <CreditsButton />
            {upload}
          </>
        }
      >
        <Uploads
          unfinished={unfinished}
          onGoOn={(stored, file) =>
            setSaid(goOn(stored, file) ? '' : t('uploads.another', { name: stored.name }))
          }
          onDelete={(file) => setAsking({ about: 'delete', file })}
        />
        <p role="status" className="mt-4 text-note break-words text-quiet empty:hidden">
          {said}
        </p>
        <Files
          files={kept}
          nothing={sending.length + unfinished.length === 0}
          playing={playable?.file.id ?? null}
          actions={actions}
        />
      </PageFrame>
      {playable && <AudioPlayer key={playable.time} file={playable.file} onClose={() => setPlaying(null)} />}
      {above && <DropVeil />}
      {asking?.about === 'delete' && <DeleteDialog file={asking.file} onDone={() => setAsking(null)} />}
      {asking?.about === 'diagnosis' && <DiagnosisDialog file={asking.file} onDone={() => setAsking(null)} />}
    </div>
  )
}

/** Lies over the page while files hang above it. Takes no part in the drop itself. */
function DropVeil() {
  const { t } = useTranslation('library')
  return (
    <div
      aria-hidden
      className="pointer-events-none absolute inset-2 z-20 grid place-items-center rounded-sheet border-3 border-dashed border-accent bg-accent-wash/95 p-6 text-center text-accent"
    >
      <div>
        <UploadIcon className="mx-auto size-12" />
        <p className="mt-4 text-title font-semibold">{t('drop.title')}</p>
        <p className="mt-1 text-lead">{t('drop.kinds')}</p>
      </div>
    </div>
  )
}

interface FilesProps {
  readonly files: readonly StoredFile[] | null
  /** Nor is anything on its way. */
  readonly nothing: boolean
  readonly playing: string | null
  readonly actions: FileActions
}

function Files({ files, nothing, playing, actions }: FilesProps) {
  const { library, window } = useStores()
  const { t, i18n } = useTranslation('library')
  const { dayAndTime } = useTimeWords()
  const failureWords = useFailureWords()
  const now = useNow(60_000)
  const reachable = useStore(window, (state) => isConnected(state.session))
  const failure = useStore(library, (state) => state.failure)
  const loading = useStore(library, (state) => state.loading)
  const fetchedAt = useStore(library, (state) => state.fetchedAt)
  const [choice, setChoice] = useState<FileChoice>({ search: '', kind: 'all', order: 'newest' })
  const shown = useMemo(() => shownFiles(files ?? [], choice, i18n.language), [files, choice, i18n.language])

  const tryAgain = (
    <Button size="small" disabled={loading} onClick={() => void library.getState().refresh()}>
      {t('tryAgain')}
    </Button>
  )
  if (!files) {
    if (!reachable) return <p className="py-10 text-lead text-quiet">{t('files.unreachable')}</p>
    if (!failure) return <Skeleton />
    return (
      <LoadFailed title={t('files.failed')} failure={failure}>
        {tryAgain}
      </LoadFailed>
    )
  }
  const old = !reachable || failure !== null
  if (files.length === 0) return nothing ? <Empty /> : null

  return (
    <>
      {old && (
        <div className="mt-6 flex flex-wrap items-center gap-x-4 gap-y-2 text-quiet">
          <p>
            {t('files.asOf', { when: dayAndTime(fetchedAt, now) })}{' '}
            {failure && reachable ? failureWords(failure) : t('files.refreshedLater')}
          </p>
          {failure && reachable && tryAgain}
        </div>
      )}
      <Choice choice={choice} onChange={setChoice} />
      <p aria-live="polite" className="sr-only">
        {choice.search || choice.kind !== 'all' ? t('files.found', { count: shown.length }) : ''}
      </p>
      {shown.length > 0 ? (
        <FileList files={shown} playing={playing} actions={actions} />
      ) : (
        <p className="py-10 text-lead text-quiet">{t('files.none')}</p>
      )}
    </>
  )
}

interface ChoiceProps {
  readonly choice: FileChoice
  readonly onChange: (choice: FileChoice) => void
}

function Choice({ choice, onChange }: ChoiceProps) {
  const { t } = useTranslation('library')
  return (
    <div className="mt-8 mb-4 flex flex-wrap gap-3">
      <SearchBox
        label={t('files.search')}
        placeholder={t('files.searchHint')}
        value={choice.search}
        onSearch={(search) => onChange({ ...choice, search })}
        className="w-full sm:w-auto sm:grow sm:basis-40"
      />
      <Select
        aria-label={t('files.kind')}
        value={choice.kind}
        marked={choice.kind !== 'all'}
        onChoose={(kind) => onChange({ ...choice, kind })}
        options={(['all', ...fileKinds] as const).map((value) => ({ value, words: t(`kinds.${value}`) }))}
        className="max-sm:grow"
      />
      <Select
        aria-label={t('files.order')}
        value={choice.order}
        onChoose={(order) => onChange({ ...choice, order })}
        options={fileOrders.map((value) => ({ value, words: t(`orders.${value}`) }))}
        className="max-sm:grow"
      />
    </div>
  )
}

function Empty() {
  const { t } = useTranslation('library')
  return (
    <div className="mt-8 grid place-items-center rounded-sheet border-2 border-dashed border-line px-6 py-16 text-center">
      <div className="max-w-[30rem]">
        <span className="mx-auto grid size-16 place-items-center rounded-full bg-accent-wash text-accent">
          <UploadIcon aria-hidden className="size-8" />
        </span>
        <h2 className="mt-5 text-lead font-semibold">{t('empty.title')}</h2>
        <p className="mt-2 text-balance text-quiet">{t('empty.what')}</p>
        <p className="mt-3 text-note text-balance text-quiet">{t('empty.kinds')}</p>
      </div>
    </div>
  )
}

function Skeleton() {
  const { t } = useTranslation('library')
  return (
    <div
      role="group"
      aria-label={t('files.loading')}
      aria-busy
      className="mt-8 divide-y divide-line rounded-card border border-line bg-surface"
    >
      {[0, 1, 2, 3].map((row) => (
        <div key={row} className="flex items-center gap-4 p-4">
          <div className="size-11 rounded-control bg-sunken" />
          <div className="flex grow flex-col gap-2.5">
            <div className="h-5 w-2/5 rounded-small bg-sunken" />
            <div className="h-4 w-1/4 rounded-small bg-sunken" />
          </div>
        </div>
      ))}
    </div>
  )
}
