import { Pause, Play, RotateCw, Volume2, VolumeX, X } from 'lucide-react'
import { useEffect, useId, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import type { StoredFile } from '../../../contract/library.ts'
import { useStores } from '../../stores.tsx'
import { Button } from '../../ui/button.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { Select } from '../../ui/select.tsx'
import { runningTime } from '../../ui/time.ts'
import { isConnected } from '../connection/connection-words.ts'
import { AnalysisOffer } from './analysis-offer.tsx'
import { levelInWords } from './file-words.ts'
import { analysisOf, soundOf } from './recording-analysis.ts'
import { SeekBar } from './seek-bar.tsx'

const SPEEDS = [0.75, 1, 1.25, 1.5, 1.75, 2]

interface AudioPlayerProps {
  readonly file: StoredFile
  readonly onClose: () => void
}

/** One recording, below the list. It plays at once: somebody has just asked for it. */
export function AudioPlayer({ file, onClose }: AudioPlayerProps) {
  const { jobs, window } = useStores()
  const { t, i18n } = useTranslation('library')
  const analysis = useStore(jobs, (state) => analysisOf(file.id, state.jobs))
  const known = useStore(jobs, (state) => state.jobs !== null)
  const reachable = useStore(window, (state) => isConnected(state.session))
  const sound = soundOf(analysis)
  const audio = useRef<HTMLAudioElement>(null)
  const playButton = useRef<HTMLButtonElement>(null)
  const [playing, setPlaying] = useState(false)
  const [position, setPosition] = useState(0)
  const [length, setLength] = useState(0)
  const [broken, setBroken] = useState(false)
  const duration = length || (sound?.durationSeconds ?? 0)
  const titleId = useId()

  useEffect(() => {
    if (reachable) void jobs.getState().refresh()
  }, [jobs, reachable])
  useEffect(() => playButton.current?.focus(), [])

  const play = () => {
    // Refused, for instance, when the recording cannot be had: the element says so itself.
    audio.current?.play().catch(() => {})
  }
  const seek = (seconds: number) => {
    setPosition(seconds)
    if (audio.current) audio.current.currentTime = seconds
  }
  const tryAgain = () => {
    const element = audio.current
    if (!element) return
    const from = position
    setBroken(false)
    element.load()
    element.addEventListener('loadedmetadata', () => (element.currentTime = from), { once: true })
    play()
  }

  return (
    <section
      aria-labelledby={titleId}
      className="z-10 arrive border-t border-line bg-surface px-4 py-4 sm:px-8 roomy:sticky roomy:bottom-0"
    >
      <audio
        ref={audio}
        src={`/media/${file.id}`}
        autoPlay
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onTimeUpdate={({ currentTarget }) => setPosition(currentTarget.currentTime)}
        onDurationChange={({ currentTarget }) => {
          setLength(Number.isFinite(currentTarget.duration) ? currentTarget.duration : 0)
        }}
        onError={() => {
          setBroken(true)
          setPlaying(false)
        }}
      />
      <div className="mx-auto flex max-w-[60rem] flex-col gap-3">
        <div className="flex items-center gap-3">
          <button
            ref={playButton}
            type="button"
            aria-label={playing ? t('player.pause') : t('player.play')}
            disabled={broken}
            onClick={() => (playing ? audio.current?.pause() : play())}
            className="grid size-12 shrink-0 cursor-pointer place-items-center rounded-full bg-accent text-on-accent transition-colors hover:bg-accent-deep disabled:opacity-60"
          >
            {playing ? (
              <Pause aria-hidden className="size-6 fill-current" />
            ) : (
              <Play aria-hidden className="ms-0.5 size-6 fill-current" />
            )}
          </button>
          <div className="min-w-0 grow">
            <h2 id={titleId} className="truncate font-semibold">
              <bdi>{file.name}</bdi>
            </h2>
            <p className="text-note text-quiet tabular-nums">
              <bdi>
                {runningTime(position * 1000)} / {runningTime(duration * 1000)}
              </bdi>
            </p>
          </div>
          <IconButton label={t('player.close')} onClick={onClose}>
            <X aria-hidden className="size-5.5" />
          </IconButton>
        </div>

        {broken ? (
          <div role="alert" className="flex flex-wrap items-center gap-x-4 gap-y-2 text-alarm">
            <p>{t('player.broken')}</p>
            <Button size="small" onClick={tryAgain}>
              <RotateCw aria-hidden className="size-4.5" />
              {t('tryAgain')}
            </Button>
          </div>
        ) : (
          <SeekBar peaks={sound?.peaks ?? null} position={position} duration={duration} onSeek={seek} />
        )}

        <div className="flex flex-wrap items-center gap-x-6 gap-y-2">
          <Speed
            onChange={(speed) => {
              if (audio.current) audio.current.playbackRate = speed
            }}
          />
          <Volume
            onChange={(volume) => {
              if (audio.current) audio.current.volume = volume
            }}
          />
          {!sound && known && <AnalysisOffer fileId={file.id} job={analysis} />}
          {sound && (
            <p className="ms-auto flex min-h-9 items-center text-note text-quiet tabular-nums">
              {sound.loudness === null || sound.samplePeak === null
                ? t('player.silence')
                : t('player.levels', {
                    loudness: levelInWords(sound.loudness, 'LUFS', i18n.language),
                    peak: levelInWords(sound.samplePeak, 'dBFS', i18n.language),
                  })}
              {!sound.complete && ` · ${t('player.incomplete')}`}
            </p>
          )}
        </div>
      </div>
    </section>
  )
}

function Speed({ onChange }: { onChange: (speed: number) => void }) {
  const { t, i18n } = useTranslation('library')
  const [speed, setSpeed] = useState(1)
  const format = new Intl.NumberFormat(i18n.language)
  return (
    <label className="flex items-center gap-2 text-note text-quiet">
      {t('player.speed')}
      <Select
        value={String(speed)}
        onChoose={(value) => {
          const to = Number(value)
          setSpeed(to)
          onChange(to)
        }}
        // Isolated, so that the sign stays behind the number where one reads from the right.
        options={SPEEDS.map((value) => ({
          value: String(value),
          words: `\u2066${format.format(value)}×\u2069`,
        }))}
        className="tabular-nums"
      />
    </label>
  )
}

/** `onChange`: 0 to 1. */
function Volume({ onChange }: { onChange: (volume: number) => void }) {
  const { t } = useTranslation('library')
  const [volume, setVolume] = useState(100)
  const Icon = volume === 0 ? VolumeX : Volume2
  return (
    <label className="flex items-center gap-2 text-note text-quiet">
      <Icon aria-hidden className="size-5" />
      <span className="sr-only">{t('player.volume')}</span>
      <input
        type="range"
        min={0}
        max={100}
        step={5}
        value={volume}
        aria-valuetext={`${volume} %`}
        onChange={({ target }) => {
          const to = Number(target.value)
          setVolume(to)
          onChange(to / 100)
        }}
        className="h-9 w-28 cursor-pointer accent-accent"
      />
    </label>
  )
}
