import { Dialog as Radix } from 'radix-ui'
import { useState, type ReactNode, type RefObject } from 'react'

interface DialogProps {
  /** An alertdialog is read out whole as soon as it opens. */
  readonly role?: 'dialog' | 'alertdialog'
  readonly title: string
  readonly description: string
  /** Without it nothing but the dialog's own buttons closes it. */
  readonly onDismiss?: () => void
  /** Gets the focus afterwards; without it, whatever had the focus before. */
  readonly returnFocusTo?: RefObject<HTMLElement | null>
  /** Gets the focus first; without it, the first part that takes it. */
  readonly initialFocus?: RefObject<HTMLElement | null>
  readonly children: ReactNode
}

/**
 * A dialog over the page, open while it is rendered. Radix' own Overlay is left out on purpose: it locks
 * scrolling through an injected `<style>`, which our content security policy forbids.
 */
export function Dialog({
  role = 'dialog',
  title,
  description,
  onDismiss,
  returnFocusTo,
  initialFocus,
  children,
}: DialogProps) {
  const [focusedBefore] = useState(() => document.activeElement)
  const keepOpen = (event: Event) => event.preventDefault()

  return (
    <Radix.Root open onOpenChange={(open) => !open && onDismiss?.()}>
      <Radix.Portal>
        <div className="pointer-events-auto fixed inset-0 z-40 grid arrive grid-cols-1 place-items-center overflow-y-auto bg-veil p-4">
          <Radix.Content
            role={role}
            {...(onDismiss ? {} : { onEscapeKeyDown: keepOpen })}
            onPointerDownOutside={keepOpen}
            onOpenAutoFocus={(event) => {
              // Not React's autoFocus: that happens before Radix listens, and its trap would not know the way back.
              if (!initialFocus?.current) return
              event.preventDefault()
              initialFocus.current.focus()
            }}
            onCloseAutoFocus={(event) => {
              // Radix knows only of a trigger; a person in the middle of a sentence has none.
              event.preventDefault()
              const target = returnFocusTo?.current ?? focusedBefore
              if (target instanceof HTMLElement) target.focus({ preventScroll: true })
            }}
            className="w-full max-w-[27rem] rounded-sheet border border-line bg-surface p-6 shadow-float sm:p-8"
          >
            <Radix.Title className="text-lead font-semibold">{title}</Radix.Title>
            <Radix.Description className="mt-2 text-quiet">{description}</Radix.Description>
            {children}
          </Radix.Content>
        </div>
      </Radix.Portal>
    </Radix.Root>
  )
}
