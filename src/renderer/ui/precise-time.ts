/** Times and amounts as a support desk wants them: with seconds and below. */
import { useTranslation } from 'react-i18next'

export interface PreciseWords {
  /** `14:02:07` */
  clockTime(moment: number): string
  /** `21 Nov, 14:02:07` */
  dateAndTime(moment: number): string
  /** `21 Nov, 14:02:07 – 14:05:00` */
  range(from: number, to: number): string
  /** `12 ms`, `0.4 s`, `25 s`, `3 min 20 s` */
  work(milliseconds: number): string
  /** `812 kB`, `4.2 GB` */
  size(bytes: number): string
}

const known = new Map<string, PreciseWords>()

/** @param language of the page, as i18next names it */
export function preciseWords(language: string): PreciseWords {
  const words = known.get(language) ?? createPreciseWords(language)
  known.set(language, words)
  return words
}

export const usePreciseWords = (): PreciseWords => preciseWords(useTranslation().i18n.language)

const symbols: Readonly<Record<string, string>> = {
  millisecond: 'ms',
  second: 's',
  minute: 'min',
  hour: 'h',
  byte: 'B',
  kilobyte: 'kB',
  megabyte: 'MB',
  gigabyte: 'GB',
  terabyte: 'TB',
}

function createPreciseWords(language: string): PreciseWords {
  const locale = language === 'en' ? 'en-GB' : language
  const hours = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const
  const time = new Intl.DateTimeFormat(locale, hours)
  const date = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', ...hours })
  // Latin scripts share the symbols of the SI; other scripts write the words.
  const latin = new Intl.Locale(locale).maximize().script === 'Latn'
  const unit = (name: string, maximumFractionDigits: number) => {
    const number = new Intl.NumberFormat(locale, { maximumFractionDigits })
    const words = new Intl.NumberFormat(locale, { style: 'unit', unit: name, maximumFractionDigits })
    const symbol = latin && symbols[name]
    return { format: (value: number) => (symbol ? `${number.format(value)} ${symbol}` : words.format(value)) }
  }
  const milliseconds = unit('millisecond', 0)
  const fraction = unit('second', 1)
  const seconds = unit('second', 0)
  const minutes = unit('minute', 0)
  const hour = unit('hour', 0)
  const sizes = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'].map((name, n) =>
    unit(name, n < 2 ? 0 : 1),
  )

  return {
    clockTime: (moment) => time.format(moment),
    dateAndTime: (moment) => date.format(moment),
    range: (from, to) => date.formatRange(from, to),
    work(length) {
      if (length < 100) return milliseconds.format(Math.round(length))
      if (length < 9950) return fraction.format(length / 1000)
      const whole = Math.round(length / 1000)
      if (whole < 60) return seconds.format(whole)
      const [first, second] =
        whole < 3600
          ? [minutes.format(Math.floor(whole / 60)), whole % 60 && seconds.format(whole % 60)]
          : [
              hour.format(Math.floor(whole / 3600)),
              Math.floor((whole % 3600) / 60) && minutes.format(Math.floor((whole % 3600) / 60)),
            ]
      return second ? `${first} ${second}` : first
    },
    size(bytes) {
      const step = bytes < 1000 ? 0 : Math.min(sizes.length - 1, Math.floor(Math.log10(bytes) / 3))
      return sizes[step]?.format(bytes / 1000 ** step) ?? ''
    },
  }
}
