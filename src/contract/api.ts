/**
 * Every HTTP endpoint a window may ask for, by name. The server registers its routes from this table, core checks
 * requests and answers against it, OpenAPI is generated from it. Endpoints that carry tokens are in credentials.ts;
 * those that carry bytes in place of JSON in bytes.ts.
 */
import { z } from 'zod'
import { creditEndpoints } from './credits.ts'
import { deviceEndpoints } from './devices.ts'
import { nothing, type Endpoint } from './endpoint.ts'
import { jobEndpoints } from './jobs.ts'
import { libraryEndpoints } from './library.ts'
import { liveSessionEndpoints } from './live-sessions.ts'
import { Instant } from './model.ts'

export const Health = z.object({
  status: z.literal('ok'),
  /** New each time the server starts. */
  bootId: z.uuid(),
  time: Instant,
  version: z.string(),
})
export type Health = z.infer<typeof Health>

const serverEndpoints = {
  health: {
    method: 'GET',
    path: '/health',
    summary: 'Is this a Lectern server, and is it the same one as before?',
    params: nothing,
    query: nothing,
    body: z.undefined(),
    response: Health,
    authenticated: false,
    repeat: 'safe',
  },
  ready: {
    method: 'GET',
    path: '/ready',
    summary: 'Can this server take requests now? 503 while it starts, stops, or cannot reach its database.',
    params: nothing,
    query: nothing,
    body: z.undefined(),
    response: z.object({ status: z.literal('ready') }),
    authenticated: false,
    repeat: 'safe',
  },
} as const satisfies Record<string, Endpoint>

export const endpoints = {
  ...serverEndpoints,
  ...liveSessionEndpoints,
  ...deviceEndpoints,
  ...libraryEndpoints,
  ...jobEndpoints,
  ...creditEndpoints,
} as const

export type EndpointName = keyof typeof endpoints
export type EndpointResponse<N extends EndpointName> = z.infer<(typeof endpoints)[N]['response']>
export type EndpointInput<N extends EndpointName> = {
  readonly params?: z.input<(typeof endpoints)[N]['params']>
  readonly query?: z.input<(typeof endpoints)[N]['query']>
  readonly body?: z.input<(typeof endpoints)[N]['body']>
}
