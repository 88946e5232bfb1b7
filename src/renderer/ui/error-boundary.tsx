import { Component, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
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
    return <Broken onShow={() => this.setState({ broken: false })} />
  }
}

function Broken({ onShow }: { onShow: () => void }) {
  const { t } = useTranslation('common')
  return (
    <PlainPage title={t('broken.title')} message={t('broken.message')}>
      <Button look="primary" onClick={onShow}>
        {t('broken.again')}
      </Button>
      <Button onClick={() => location.reload()}>{t('start.reload')}</Button>
    </PlainPage>
  )
}
