import type { ReactNode } from 'react'
import type { Failure } from '../../contract/model.ts'
import { useFailureWords } from './failure-words.ts'

interface LoadFailedProps {
  /** What is not there, in a sentence. */
  readonly title: string
  readonly failure: Failure
  /** The way on. */
  readonly children: ReactNode
}

/** In place of a list that could not be loaded. */
export function LoadFailed({ title, failure, children }: LoadFailedProps) {
  const words = useFailureWords()
  return (
    <div role="alert" className="flex flex-col items-start gap-4 py-10">
      <p className="text-lead">{title}</p>
      <p className="-mt-2 text-quiet">{words(failure)}</p>
      {children}
    </div>
  )
}
