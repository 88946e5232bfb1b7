import { useEffect, useRef } from 'react'

interface PageTitleProps {
  readonly children: string
  readonly className: string
}

/** The h1 of a page. Names the window, and takes the focus so that a screen reader starts where the page does. */
export function PageTitle({ children, className }: PageTitleProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = children === 'Lectern' ? children : `${children} – Lectern`
  }, [children])
  useEffect(() => {
    // Only when the focus went down with the page before it: a field that asked for it keeps it.
    if (document.activeElement === document.body) heading.current?.focus({ preventScroll: true })
  }, [])
  return (
    <h1 ref={heading} tabIndex={-1} className={className}>
      {children}
    </h1>
  )
}
