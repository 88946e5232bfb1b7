import './without-eval.ts'
import './styles.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { connectSessionClient } from './session-client.ts'
import { createStores, StoresProvider } from './stores.tsx'
import { ErrorBoundary } from './ui/error-boundary.tsx'
import { startWords } from './words.ts'

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')

await startWords()
createRoot(root).render(
  <StrictMode>
    <ErrorBoundary>
      <StoresProvider stores={createStores(connectSessionClient())}>
        <App />
      </StoresProvider>
    </ErrorBoundary>
  </StrictMode>,
)
