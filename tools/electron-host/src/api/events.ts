/** The first argument of Electron's events. */
export interface PreventableEvent {
  readonly defaultPrevented: boolean
  preventDefault(): void
}

export function preventable(): PreventableEvent {
  return {
    defaultPrevented: false,
    preventDefault() {
      Object.assign(this, { defaultPrevented: true })
    },
  }
}
