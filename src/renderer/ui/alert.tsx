import { CircleAlert } from 'lucide-react'
import type { Ref } from 'react'

/** Says at once what went wrong. Takes the focus when `ref` is focused, so that the next Tab leads on from it. */
export function Alert({ message, ref }: { message: string; ref?: Ref<HTMLDivElement> }) {
  return (
    <div
      ref={ref}
      role="alert"
      tabIndex={-1}
      className="flex items-start gap-2.5 rounded-control bg-alarm-wash px-4 py-3 text-alarm"
    >
      <CircleAlert aria-hidden className="mt-0.5 size-5.5 shrink-0" />
      <p>{message}</p>
    </div>
  )
}
