/**
 * The one map of IPC channels between windows and main: request, response and the capability a window needs.
 * The registrar in main checks all three; preload loops over the map; the renderer's types are inferred from it.
 */
import { z } from 'zod'
import { endpoints, type EndpointName } from './api.ts'
import {
  DraftText,
  Failure,
  IdempotencyKey,
  KeychainProblem,
  MessageText,
  RoomPatch,
  RoomState,
  SessionState,
} from './model.ts'
import { ServerUrl } from './settings.ts'

/** The origin of every page of the app. */
export const APP_ORIGIN = 'app://lectern'

/** What a window may do. A window opened for one room cannot sign in elsewhere or open further windows. */
export const Capability = z.enum(['session', 'account', 'api', 'rooms', 'windows'])
export type Capability = z.infer<typeof Capability>

export const WindowKind = z.enum(['main', 'room'])
export type WindowKind = z.infer<typeof WindowKind>

export const capabilitiesOf: Readonly<Record<WindowKind, readonly Capability[]>> = {
  main: ['session', 'account', 'api', 'rooms', 'windows'],
  room: ['session', 'account', 'api', 'rooms'],
}

export interface Channel {
  readonly capability: Capability
  readonly request: z.ZodType
  readonly response: z.ZodType
}

/** What this installation is set up for; constant while the app runs. */
export const Workspace = z.object({
  version: z.string(),
  serverUrl: z.string(),
  /** With the demo, one click signs in as this person. */
  demo: z.object({ displayName: z.string(), email: z.string() }).nullable(),
  keychain: z.object({ problem: KeychainProblem.nullable(), message: z.string() }),
})
export type Workspace = z.infer<typeof Workspace>

const inRoom = z.object({ sessionId: z.uuid() })
const endpointNames = Object.keys(endpoints) as [EndpointName, ...EndpointName[]]

export const channels = {
  'workspace:get': { capability: 'session', request: z.undefined(), response: Workspace },

  /** The state now, with its version; later states come as `session:state` events with higher versions. */
  'session:get': {
    capability: 'session',
    request: z.undefined(),
    response: z.object({ version: z.int(), state: SessionState }),
  },
  'session:sign-in': {
    capability: 'account',
    request: z.object({
      serverUrl: ServerUrl.optional(),
      email: z.email('Type your e-mail address, such as name@school.edu').max(254),
      password: z.string().min(1, 'Type your password').max(1024),
      /** Keep tokens in memory only, until the app quits. Offered when the keychain is not usable. */
      memoryOnly: z.boolean().default(false),
    }),
    response: z.undefined(),
  },
  'session:sign-in-demo': { capability: 'account', request: z.undefined(), response: z.undefined() },
  'session:sign-out': { capability: 'account', request: z.undefined(), response: z.undefined() },
  /** "Try now": do not wait for the next attempt. Also asks the keychain again. */
  'session:retry': { capability: 'session', request: z.undefined(), response: z.undefined() },

  /** Somebody is at this window: a key, a click, a touch. Windows say so twice a minute at most. */
  'session:activity': { capability: 'session', request: z.undefined(), response: z.undefined() },

  'api:call': {
    capability: 'api',
    request: z.object({
      endpoint: z.enum(endpointNames),
      params: z.record(z.string(), z.string()).optional(),
      query: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
      body: z.unknown().optional(),
      idempotencyKey: IdempotencyKey.optional(),
    }),
    /** Checked against the endpoint's own schema before it is sent to the window. */
    response: z.unknown(),
  },

  /** Join (if need be) and follow a room. Later changes come as `room:patch` events with higher versions. */
  'room:open': {
    capability: 'rooms',
    request: inRoom,
    response: z.object({ version: z.int(), state: RoomState }),
  },
  /** This window no longer shows the room. The person stays in it. */
  'room:close': { capability: 'rooms', request: inRoom, response: z.undefined() },
  /** Leave the room for good, in every window. */
  'room:leave': { capability: 'rooms', request: inRoom, response: z.undefined() },
  'room:post-message': {
    capability: 'rooms',
    request: inRoom.extend({ text: MessageText }),
    response: z.object({ idempotencyKey: IdempotencyKey }),
  },
  'room:retry-message': {
    capability: 'rooms',
    request: inRoom.extend({ idempotencyKey: IdempotencyKey }),
    response: z.undefined(),
  },
  'room:discard-message': {
    capability: 'rooms',
    request: inRoom.extend({ idempotencyKey: IdempotencyKey }),
    response: z.undefined(),
  },
  /** The draft of a room, the same in every window and after a restart; empty when there is none. */
  'draft:get': { capability: 'rooms', request: inRoom, response: z.object({ text: DraftText }) },
  /** Resolves when it is on disk. */
  'draft:set': {
    capability: 'rooms',
    request: inRoom.extend({ text: DraftText }),
    response: z.undefined(),
  },

  'windows:open-room': { capability: 'windows', request: inRoom, response: z.undefined() },
} as const satisfies Record<string, Channel>

export type ChannelName = keyof typeof channels
export type ChannelRequest<C extends ChannelName> = z.input<(typeof channels)[C]['request']>
export type ChannelResponse<C extends ChannelName> = z.output<(typeof channels)[C]['response']>

/** Sent from main to every window that may see them. */
export const events = {
  'session:state': z.object({ version: z.int(), state: SessionState }),
  'room:patch': z.object({ sessionId: z.uuid(), version: z.int(), patch: RoomPatch }),
  /** Something a person should know and nothing on screen shows, such as a write that was refused. */
  notice: z.object({ failure: Failure }),
} as const

export type EventName = keyof typeof events
export type EventPayload<E extends EventName> = z.output<(typeof events)[E]>

/** Bytes of one request or response as JSON. */
export const MAX_IPC_BYTES = 4 * 1024 * 1024
