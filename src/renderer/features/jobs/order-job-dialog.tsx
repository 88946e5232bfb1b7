import { useEffect, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { EndpointResponse } from '../../../contract/api.ts'
import { JobOrder } from '../../../contract/jobs.ts'
import type { Failure, Result } from '../../../contract/model.ts'
import { useStores } from '../../stores.tsx'
import { Alert } from '../../ui/alert.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { useFailureWords } from '../../ui/failure-words.ts'

interface OrderJobDialogProps {
  readonly title: string
  readonly description: string
  readonly submit: string
  /** As far as the form is filled in; asked for its price when it is whole. */
  readonly order: { readonly kind: JobOrder['kind'] } & Readonly<Record<string, string>>
  readonly onClose: () => void
  readonly children: ReactNode
}

type Quote = Result<EndpointResponse<'quoteJob'>>

/** Milliseconds without a key stroke after which a price is asked for. */
const TYPING_PAUSE = 250

/** What is wanted, what it costs and what one has, before anything is spent. */
export function OrderJobDialog({
  title,
  description,
  submit,
  order,
  onClose,
  children,
}: OrderJobDialogProps) {
  const { jobs: store } = useStores()
  const { t } = useTranslation('jobs')
  const failureWords = useFailureWords()
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Failure | null>(null)
  const { data: whole = null } = JobOrder.safeParse(order)
  const quote = useQuote(whole)
  const affordable = quote?.ok === true && quote.value.cost <= quote.value.balance

  const send = async () => {
    if (!whole || !affordable || busy) return
    setBusy(true)
    const answer = await store.getState().order(whole)
    setBusy(false)
    if (answer.ok) onClose()
    else setFailure(answer.failure)
  }

  return (
    <Dialog title={title} description={description} onDismiss={onClose}>
      <form
        className="mt-6 flex flex-col gap-5"
        onSubmit={(event) => {
          event.preventDefault()
          void send()
        }}
      >
        {children}
        <p role="status" className={`min-h-6 text-note ${quote?.ok === false ? 'text-alarm' : 'text-quiet'}`}>
          {whole && (quote ? <Price quote={quote} /> : t('order.asking'))}
        </p>
        {failure && <Alert message={failureWords(failure)} />}
        <div className="flex flex-wrap justify-end gap-3">
          <Button onClick={onClose}>{t('order.close')}</Button>
          <Button type="submit" look="primary" disabled={!affordable || busy}>
            {submit}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

function Price({ quote }: { quote: Quote }) {
  const { t, i18n } = useTranslation('jobs')
  const failureWords = useFailureWords()
  if (!quote.ok) return failureWords(quote.failure)
  const { cost, balance } = quote.value
  const number = (value: number) => new Intl.NumberFormat(i18n.language).format(value)
  const values = { count: cost, cost: number(cost), balance: number(balance) }
  if (cost === 0) return t('order.free', { balance: values.balance })
  return cost > balance ? t('order.tooMuch', values) : t('order.costs', values)
}

/** What an order would cost now; null while nobody knows. */
function useQuote(order: JobOrder | null): Quote | null {
  const { client } = useStores()
  const [answered, setAnswered] = useState<{ readonly name: string; readonly quote: Quote } | null>(null)
  const name = order && JSON.stringify(order)
  useEffect(() => {
    if (name === null) return
    let over = false
    const timer = setTimeout(() => {
      void client.call('quoteJob', { body: JobOrder.parse(JSON.parse(name)) }).then((quote) => {
        if (!over) setAnswered({ name, quote })
      })
    }, TYPING_PAUSE)
    return () => {
      over = true
      clearTimeout(timer)
    }
  }, [client, name])
  return answered && answered.name === name ? answered.quote : null
}
