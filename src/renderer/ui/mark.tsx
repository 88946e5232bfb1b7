/** The lectern of the app's icon: a sloped desk on a column, and somebody behind it. */
export function Mark({ className = 'size-8' }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden className={className} fill="none">
      <rect width="32" height="32" rx="8" className="fill-accent" />
      <path
        d="M6.2 12.6 7.4 15.6 19.2 10.9M13.1 13.6v10.6M8.4 24.4h9.4"
        className="stroke-on-accent"
        strokeWidth="2.5"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
      <circle cx="23.9" cy="8.7" r="2.6" className="fill-on-accent" />
    </svg>
  )
}
