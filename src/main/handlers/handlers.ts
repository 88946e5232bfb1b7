import type { EndpointName } from '../../contract/api.ts'
import type { Handlers } from '../ipc.ts'
import { diagnosticsHandlers, type DiagnosticsHandlersOptions } from './diagnostics.ts'
import { fileHandlers, type FileHandlersOptions } from './files.ts'
import { roomHandlers, type RoomHandlersOptions } from './rooms.ts'
import { sessionHandlers, type SessionHandlersOptions } from './session.ts'
import { settingsHandlers, type SettingsHandlersOptions } from './settings.ts'
import { streamHandlers, type StreamHandlersOptions } from './streams.ts'
import { windowHandlers, type WindowHandlersOptions } from './windows.ts'

export type HandlersOptions = SessionHandlersOptions &
  RoomHandlersOptions &
  StreamHandlersOptions &
  FileHandlersOptions &
  WindowHandlersOptions &
  SettingsHandlersOptions &
  DiagnosticsHandlersOptions

/** What each channel does. */
export const createHandlers = (options: HandlersOptions): Handlers => ({
  ...sessionHandlers(options),
  ...roomHandlers(options),
  ...streamHandlers(options),
  ...fileHandlers(options),
  ...windowHandlers(options),
  ...settingsHandlers(options),
  ...diagnosticsHandlers(options),

  'api:call': ({ endpoint, params, query, body, idempotencyKey }) =>
    options.session.call<EndpointName>({
      endpoint,
      ...(params === undefined ? {} : { params }),
      ...(query === undefined ? {} : { query }),
      ...(body === undefined ? {} : { body }),
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    }),
  'api:last-known-sessions': () => options.session.lastKnownSessions(),
})
