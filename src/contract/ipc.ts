/**
 * The one map of IPC channels between windows and main: request, response and the capability a window needs.
 * The registrar in main checks all three; preload loops over the map; the renderer's types are inferred from it.
 */
import { z } from 'zod'
import { endpoints, type EndpointName } from './api.ts'
import { HealthCheck, SessionFacts, SupportBundle, TimelineEntry } from './diagnostics.ts'
import {
  DraftKind,
  DraftText,
  Failure,
  IdempotencyKey,
  KeychainProblem,
  MessageText,
  RoomPatch,
  RoomState,
  SessionState,
} from './model.ts'
import { EffectiveSettings, ServerUrl, SettingChange } from './settings.ts'
import { streamEndpoints, type StreamName } from './streams.ts'

/** The origin of every page of the app. */
export const APP_ORIGIN = 'app://lectern'

/** What a window may do. A part of a room in a window of its own can neither sign in nor read the diagnostics. */
export const Capability = z.enum([
  'session',
  'account',
  'api',
  'rooms',
  'windows',
  'files',
  'settings',
  'diagnostics',
])
export type Capability = z.infer<typeof Capability>

/** `room`: a whole room; `chat`, `roster`: a part of one; `mini`: its clock and raised hands, above everything else. */
export const WindowKind = z.enum(['main', 'room', 'chat', 'roster', 'mini'])
export type WindowKind = z.infer<typeof WindowKind>

export const capabilitiesOf: Readonly<Record<WindowKind, readonly Capability[]>> = {
  main: Capability.options,
  room: ['session', 'account', 'api', 'rooms', 'windows', 'files'],
  chat: ['session', 'api', 'rooms', 'windows'],
  roster: ['session', 'api', 'rooms', 'windows'],
  mini: ['session', 'api', 'rooms', 'windows'],
}

/** A page of the main window. */
export const Page = z.discriminatedUnion('name', [
  z.object({ name: z.literal('sessions') }),
  z.object({ name: z.literal('room'), sessionId: z.uuid() }),
  z.object({ name: z.literal('library') }),
  z.object({ name: z.literal('jobs') }),
  z.object({ name: z.literal('diagnostics') }),
  z.object({ name: z.literal('settings') }),
])
export type Page = z.infer<typeof Page>

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
  platform: z.enum(['mac', 'windows', 'linux']),
  /** The system's languages, the most wanted first, as BCP 47 tags. */
  systemLanguages: z.array(z.string()),
  /** Where the main window was when Lectern was last closed. */
  page: Page.nullable(),
})
export type Workspace = z.infer<typeof Workspace>

const inRoom = z.object({ sessionId: z.uuid() })
const streamNames = Object.keys(streamEndpoints) as [StreamName, ...StreamName[]]
/** Where a file was saved; null when the person decided otherwise. */
const Saved = z.object({ savedAs: z.string().nullable() })
/** Bytes of a file that a page hands over at once. */
export const MAX_PAGE_PART_BYTES = 1024 * 1024
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
  /** Ends this account's sign-ins on every device, this one last. Needs the server. */
  'session:sign-out-everywhere': { capability: 'account', request: z.undefined(), response: z.undefined() },
  /** Later ones come as `session:facts` events. */
  'session:facts': { capability: 'session', request: z.undefined(), response: SessionFacts },
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

  /** The newest list of sessions that was seen, for a start without a network; null when there is none. */
  'api:last-known-sessions': {
    capability: 'api',
    request: z.undefined(),
    response: endpoints.listLiveSessions.response.extend({ at: z.number() }).nullable(),
  },

  /** Its events come as `stream:event`, to this window only, until `stream:ended`. */
  'stream:open': {
    capability: 'api',
    request: z.object({
      streamId: z.uuid(),
      stream: z.enum(streamNames),
      params: z.record(z.string(), z.string()),
      /** Begin after this event. */
      afterId: z.int().min(0).default(0),
    }),
    response: z.undefined(),
  },
  /** Nothing more comes, not even `stream:ended`. */
  'stream:close': {
    capability: 'api',
    request: z.object({ streamId: z.uuid() }),
    response: z.undefined(),
  },

  /** More of an announced upload. The answer says how much is there; on `conflict` ask `upload:offset`. */
  'upload:part': {
    capability: 'files',
    request: z.object({
      fileId: z.uuid(),
      offset: z.int().min(0),
      bytes: z.instanceof(Uint8Array).refine(({ byteLength }) => byteLength <= MAX_PAGE_PART_BYTES),
    }),
    response: z.object({ offset: z.int().min(0) }),
  },
  'upload:offset': {
    capability: 'files',
    request: z.object({ fileId: z.uuid() }),
    response: z.object({ offset: z.int().min(0) }),
  },
  /** Asks the person for a place and puts it there. */
  'file:save': {
    capability: 'files',
    request: z.discriminatedUnion('what', [
      z.object({ what: z.literal('attendance'), sessionId: z.uuid(), name: z.string().max(200) }),
      z.object({ what: z.literal('file'), fileId: z.uuid(), name: z.string().max(200) }),
    ]),
    response: Saved,
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
  /** Accepted once it is on disk; the last word counts. */
  'room:set-hand': {
    capability: 'rooms',
    request: inRoom.extend({ raised: z.boolean() }),
    response: z.undefined(),
  },
  /** Whether this computer keeps quiet about a room. */
  'room:muted': { capability: 'rooms', request: inRoom, response: z.object({ muted: z.boolean() }) },
  'room:set-muted': {
    capability: 'rooms',
    request: inRoom.extend({ muted: z.boolean() }),
    response: z.undefined(),
  },

  /** The draft of a room, the same in every window and after a restart; empty when there is none. */
  'draft:get': {
    capability: 'rooms',
    request: inRoom.extend({ kind: DraftKind.default('chat') }),
    response: z.object({ text: DraftText }),
  },
  /** Resolves when it is on disk. Every other window that shows the room hears of it by `draft:changed`. */
  'draft:set': {
    capability: 'rooms',
    request: inRoom.extend({
      kind: DraftKind.default('chat'),
      /** Whose it is: a window may not have heard yet that somebody else is signed in. */
      accountId: z.uuid(),
      text: DraftText,
      /**
       * From a page that does not know yet what is kept: `text` goes below that, in place of what this page added so
       * before; empty at first. Without it, `text` takes the place of all that is kept.
       */
      added: DraftText.optional(),
    }),
    response: z.undefined(),
  },

  'windows:open': {
    capability: 'windows',
    request: inRoom.extend({ kind: WindowKind.exclude(['main']) }),
    response: z.undefined(),
  },
  /** Brings the main window to the front, on this page if one is named. */
  'windows:show-main': {
    capability: 'windows',
    request: z.object({ page: Page.optional() }),
    response: z.undefined(),
  },
  /** The main window is on this page now; it opens there the next time. */
  'windows:page': { capability: 'account', request: z.object({ page: Page }), response: z.undefined() },

  /** Later ones come as `settings:changed`. */
  'settings:get': { capability: 'session', request: z.undefined(), response: EffectiveSettings },
  'settings:change': { capability: 'settings', request: SettingChange, response: EffectiveSettings },

  /** The journal from a wall time on, oldest first, the newest 20,000 at most. Later ones come as `diagnostics:entry`. */
  'diagnostics:timeline': {
    capability: 'diagnostics',
    request: z.object({ since: z.number() }),
    response: z.object({ entries: z.array(TimelineEntry), complete: z.boolean() }),
  },
  'diagnostics:check': {
    capability: 'diagnostics',
    request: z.undefined(),
    response: z.object({ at: z.number(), checks: z.array(HealthCheck) }),
  },
  'diagnostics:bundle': { capability: 'diagnostics', request: z.undefined(), response: SupportBundle },
  /** Saves what was shown as this bundle, and nothing else. */
  'diagnostics:save-bundle': {
    capability: 'diagnostics',
    request: z.object({ id: z.uuid() }),
    response: Saved,
  },
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
  'session:facts': SessionFacts,
  'stream:event': z.object({ streamId: z.uuid(), id: z.int().min(0), event: z.unknown() }),
  'stream:ended': z.object({ streamId: z.uuid(), failure: Failure.nullable() }),
  'draft:changed': z.object({ sessionId: z.uuid(), kind: DraftKind, text: DraftText }),
  'settings:changed': EffectiveSettings,
  'diagnostics:entry': TimelineEntry,
  /** To the main window: show this page. */
  'page:open': z.object({ page: Page }),
  /** Show the sheet of keyboard shortcuts. */
  'shortcuts:show': z.undefined(),
} as const

export type EventName = keyof typeof events
export type EventPayload<E extends EventName> = z.output<(typeof events)[E]>

/** Bytes of one request or response as JSON. */
export const MAX_IPC_BYTES = 4 * 1024 * 1024
