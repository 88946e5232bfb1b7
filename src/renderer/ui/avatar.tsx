import type { Person } from '../../contract/model.ts'

const looks = [
  'bg-person-1-wash text-person-1-ink',
  'bg-person-2-wash text-person-2-ink',
  'bg-person-3-wash text-person-3-ink',
  'bg-person-4-wash text-person-4-ink',
  'bg-person-5-wash text-person-5-ink',
  'bg-person-6-wash text-person-6-ink',
] as const

/** Initials on a colour that stays with the person. Decoration: the name always stands beside it. */
export function Avatar({ person }: { person: Pick<Person, 'id' | 'displayName'> }) {
  return (
    <span
      aria-hidden
      className={`grid size-9 shrink-0 place-items-center rounded-full text-note font-semibold select-none ${looks[toneOf(person.id)]}`}
    >
      {initials(person.displayName)}
    </span>
  )
}

const toneOf = (id: string) => [...id].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % looks.length

function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean)
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map(
    (word) => [...(word ?? '')][0] ?? '',
  )
  return letters.join('').toUpperCase()
}
