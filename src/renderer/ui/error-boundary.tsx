import { Component, type ReactNode } from 'react'
import { Button } from './button.tsx'
import { PlainPage } from './plain-page.tsx'

interface Props {
  readonly children: ReactNode
}

/** What a person sees when a part of the page breaks. Stores stand outside of it and keep what they hold. */
export class ErrorBoundary extends Component<Props, { readonly broken: boolean }> {
  override state = { broken: false }

  static getDerivedStateFromError() {
    return { broken: true }
  }

  override render() {
    if (!this.state.broken) return this.props.children
    return (
      <PlainPage
        title="This window stopped working"
        message="You are still signed in, and what you have sent is safe. Show the page again first: that keeps what you were writing. If that does not help, reload."
      >
        <Button look="primary" onClick={() => this.setState({ broken: false })}>
          Show the page again
        </Button>
        <Button onClick={() => location.reload()}>Reload this window</Button>
      </PlainPage>
    )
  }
}
