import { ChevronDown } from 'lucide-react'
import { memo, useId, useState } from 'react'
import type { Participant, Person, Role } from '../../../contract/model.ts'
import { Avatar } from '../../ui/avatar.tsx'

interface ParticipantsProps {
  readonly participants: readonly Participant[]
  readonly host: Person
  readonly me: Person
}

const roleInWords: Readonly<Record<Role, string>> = {
  admin: 'Administrator',
  instructor: 'Instructor',
  assistant: 'Assistant',
  learner: '',
}

/** Beside the chat where there is room for both; above it, folded away, in a narrow window. */
export const Participants = memo(function Participants({ participants, host, me }: ParticipantsProps) {
  const [unfolded, setUnfolded] = useState(false)
  const id = useId()
  return (
    <aside
      aria-label="People in the room"
      className="flex shrink-0 flex-col rounded-sheet md:min-h-0 md:w-72 md:pt-3"
    >
      <button
        type="button"
        aria-expanded={unfolded}
        aria-controls={id}
        onClick={() => setUnfolded(!unfolded)}
        className="flex min-h-9 cursor-pointer items-center gap-2 self-start rounded-control px-3 font-medium md:hidden"
      >
        {`Participants ${participants.length}`}
        <ChevronDown aria-hidden className={`size-5 text-quiet ${unfolded ? 'rotate-180' : ''}`} />
      </button>
      <h2 className="hidden items-baseline justify-between px-3 pb-2 font-semibold md:flex">
        Participants{' '}
        <span className="text-note font-normal text-quiet tabular-nums">{participants.length}</span>
      </h2>
      <ul
        id={id}
        aria-label="Participants"
        // The list's role is lost to some screen readers when a style takes its bullets away.
        role="list"
        tabIndex={0}
        className={`max-h-60 overflow-y-auto rounded-control md:block md:max-h-none md:grow ${unfolded ? '' : 'hidden'}`}
      >
        {participants.map((participant) => (
          <li key={participant.id} className="flex items-center gap-3 rounded-control px-3 py-2">
            <Avatar person={participant} />
            <div className="min-w-0 grow">
              <p className="truncate leading-snug font-medium">
                {participant.displayName}
                {participant.id === me.id && <span className="font-normal text-quiet"> (you)</span>}
              </p>
              <p className="text-note leading-snug text-quiet">
                {[
                  participant.id === host.id ? 'Host' : roleInWords[participant.role],
                  presenceInWords(participant),
                ]
                  .filter(Boolean)
                  .join(' · ')}
              </p>
            </div>
          </li>
        ))}
      </ul>
    </aside>
  )
})

const presenceInWords = ({ presence }: Participant) => (presence === 'here' ? 'Here' : 'Away')
