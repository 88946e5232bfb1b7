/** Live sessions and their rooms over HTTP. What happens in a room comes over its WebSocket: frames.ts. */
import { z } from 'zod'
import { nothing, type Endpoint } from './endpoint.ts'
import {
  Attendance,
  ChatMessage,
  Instant,
  LiveSession,
  LiveSessionPlan,
  LiveSessionStatus,
  MessageText,
  Participant,
  Presence,
  Stars,
  Text,
} from './model.ts'

const inSession = z.object({ sessionId: z.uuid() })

/**
 * `start`: what is on first, then what comes next, then what was last. `people`: most in the room now, or, when it is
 * over, most who have been there. `rating`: best first, unrated last.
 */
export const SessionSort = z.enum(['start', 'title', 'people', 'rating'])
export type SessionSort = z.infer<typeof SessionSort>

/** A session in a list, with what a room has no need to say of it. */
export const ListedSession = LiveSession.extend({
  /** People who have been in the room, each once. */
  attended: z.int().min(0),
  /** Whether whoever asks has been in the room. */
  tookPart: z.boolean(),
  /** What whoever asks has rated it; null for nothing. */
  ownStars: Stars.nullable(),
})
export type ListedSession = z.infer<typeof ListedSession>

export const liveSessionEndpoints = {
  listLiveSessions: {
    method: 'GET',
    path: '/live-sessions',
    summary: 'A page of the live sessions this account may see: `limit` of them after the first `offset`.',
    params: nothing,
    query: z.object({
      status: LiveSessionStatus.optional(),
      /** Matches title, course and host, whatever the case. */
      search: Text.trim().max(100).optional(),
      /** `mine`: those this account holds or has been in. */
      whose: z.enum(['everybody', 'mine']).default('everybody'),
      /** Exactly this course. */
      course: Text.trim().min(1).max(120).optional(),
      /** Planned to start at this instant or later. */
      from: Instant.optional(),
      /** Planned to start before this instant. */
      to: Instant.optional(),
      sort: SessionSort.default('start'),
      offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
      limit: z.coerce.number().int().min(1).max(200).default(100),
    }),
    body: z.undefined(),
    response: z.object({
      items: z.array(ListedSession).max(200),
      /** How many the filter finds, on all pages. */
      total: z.int().min(0),
      /** Of all sessions this account may see, whatever the filter. */
      counts: z.object({ live: z.int(), upcoming: z.int(), ended: z.int() }),
    }),
    authenticated: true,
    repeat: 'safe',
    suspicious: ({ counts }: { counts: { live: number; upcoming: number; ended: number } }) =>
      counts.live + counts.upcoming + counts.ended === 0,
  },
  listCourses: {
    method: 'GET',
    path: '/courses',
    summary: 'Courses of the live sessions this account may see, by name: the first thousand.',
    params: nothing,
    query: nothing,
    body: z.undefined(),
    response: z.object({
      items: z.array(z.object({ course: z.string().min(1).max(120), sessions: z.int().min(1) })).max(1000),
    }),
    authenticated: true,
    repeat: 'safe',
  },
  sessionStatistics: {
    method: 'GET',
    path: '/session-statistics',
    summary:
      'What is going on among the live sessions this account may see, and how its own ones went. ' +
      '`from` and `to` are the week of its calendar.',
    params: nothing,
    query: z.object({ from: Instant, to: Instant }),
    body: z.undefined(),
    response: z.object({
      liveNow: z.int().min(0),
      /** In the rooms now, each once, however many rooms they are in. */
      peopleNow: z.int().min(0),
      /** Planned to start from `from` on and before `to`, and not begun yet. */
      plannedInWeek: z.int().min(0),
      /** Seconds that sessions this account holds were on, in the seven days until now. */
      taughtSeconds: z.int().min(0),
      /** Mean of all ratings of sessions this account holds; null without any. */
      meanRating: z.number().min(1).max(5).nullable(),
      ratings: z.int().min(0),
    }),
    authenticated: true,
    repeat: 'safe',
  },
  getLiveSession: {
    method: 'GET',
    path: '/live-sessions/:sessionId',
    summary: 'One live session.',
    params: inSession,
    query: nothing,
    body: z.undefined(),
    response: LiveSession,
    authenticated: true,
    repeat: 'safe',
  },
  joinLiveSession: {
    method: 'POST',
    path: '/live-sessions/:sessionId/join',
    summary: 'Enter the room. Entering a room one is in already changes nothing.',
    params: inSession,
    query: nothing,
    body: z.undefined(),
    response: z.object({ participant: Participant, session: LiveSession }),
    authenticated: true,
    repeat: 'safe',
  },
  leaveLiveSession: {
    method: 'POST',
    path: '/live-sessions/:sessionId/leave',
    summary: 'Leave the room. Leaving a room one is not in is no error.',
    params: inSession,
    query: nothing,
    body: z.undefined(),
    response: z.object({ left: z.boolean() }),
    authenticated: true,
    repeat: 'safe',
  },
  heartbeat: {
    method: 'POST',
    path: '/live-sessions/:sessionId/heartbeat',
    summary:
      'Still here. Due every 30 s; after 45 s without one a participant is shown as away, after 90 s as gone.',
    params: inSession,
    query: nothing,
    body: z.object({ presence: Presence }),
    response: z.object({ participantCount: z.int().min(0), serverTime: Instant }),
    authenticated: true,
    repeat: 'safe',
  },
  listParticipants: {
    method: 'GET',
    path: '/live-sessions/:sessionId/participants',
    summary: 'People in the room now, each once, in order of arrival.',
    params: inSession,
    query: nothing,
    body: z.undefined(),
    response: z.object({ items: z.array(Participant) }),
    authenticated: true,
    repeat: 'safe',
  },
  createLiveSession: {
    method: 'POST',
    path: '/live-sessions',
    summary:
      'Plan a live session, at most once per Idempotency-Key. It begins at its time, or by `startLiveSession`.',
    params: nothing,
    query: nothing,
    body: LiveSessionPlan,
    response: LiveSession,
    authenticated: true,
    repeat: 'keyed',
  },
  changeLiveSession: {
    method: 'PUT',
    path: '/live-sessions/:sessionId',
    summary: 'Plan it otherwise. The host and administrators; not after the end.',
    params: inSession,
    query: nothing,
    body: LiveSessionPlan,
    response: LiveSession,
    authenticated: true,
    repeat: 'safe',
  },
  startLiveSession: {
    method: 'POST',
    path: '/live-sessions/:sessionId/start',
    summary: 'Begin now. The host and administrators; one that is on already stays as it is.',
    params: inSession,
    query: nothing,
    body: z.undefined(),
    response: LiveSession,
    authenticated: true,
    repeat: 'safe',
  },
  endLiveSession: {
    method: 'POST',
    path: '/live-sessions/:sessionId/end',
    summary:
      'End now; everybody leaves the room. The host and administrators; one that has ended stays as it is.',
    params: inSession,
    query: nothing,
    body: z.undefined(),
    response: LiveSession,
    authenticated: true,
    repeat: 'safe',
  },
  rateLiveSession: {
    method: 'PUT',
    path: '/live-sessions/:sessionId/rating',
    summary:
      'Say how good it was: one rating a person, the last counts. For those who took part; not for the host.',
    params: inSession,
    query: nothing,
    body: z.object({ stars: Stars }),
    response: z.object({ stars: Stars, rating: z.number().min(1).max(5) }),
    authenticated: true,
    repeat: 'safe',
  },
  setHand: {
    method: 'PUT',
    path: '/live-sessions/:sessionId/hand',
    summary: 'Raise a hand or take it down. A hand that is up already keeps its place in the order.',
    params: inSession,
    query: nothing,
    body: z.object({ raised: z.boolean() }),
    response: Participant,
    authenticated: true,
    repeat: 'safe',
  },
  lowerHand: {
    method: 'DELETE',
    path: '/live-sessions/:sessionId/participants/:accountId/hand',
    summary: "Take down somebody's hand, once they have spoken. The host and administrators.",
    params: inSession.extend({ accountId: z.uuid() }),
    query: nothing,
    body: z.undefined(),
    response: z.object({ lowered: z.boolean() }),
    authenticated: true,
    repeat: 'safe',
  },
  countParticipants: {
    method: 'GET',
    path: '/live-sessions/:sessionId/participant-count',
    summary: 'How many people are in the room now.',
    params: inSession,
    query: nothing,
    body: z.undefined(),
    response: z.object({ participantCount: z.int().min(0) }),
    authenticated: true,
    repeat: 'safe',
  },
  cleanupParticipants: {
    method: 'POST',
    path: '/live-sessions/:sessionId/cleanup-participants',
    summary: 'Take out everybody who has not been heard of for too long, now. The host and administrators.',
    params: inSession,
    query: nothing,
    body: z.undefined(),
    response: z.object({ removed: z.int().min(0) }),
    authenticated: true,
    repeat: 'safe',
  },
  listAttendance: {
    method: 'GET',
    path: '/live-sessions/:sessionId/attendance',
    summary:
      'Who was in the room, from when to when, by name. Staff only; `attendanceCsv` gives it as a file.',
    params: inSession,
    query: nothing,
    body: z.undefined(),
    response: z.object({ items: z.array(Attendance) }),
    authenticated: true,
    repeat: 'safe',
  },
  listMessages: {
    method: 'GET',
    path: '/live-sessions/:sessionId/messages',
    summary: 'Chat messages in order of seq: the last `limit` before `beforeSeq`, or the last of all.',
    params: inSession,
    query: z.object({
      beforeSeq: z.coerce.number().int().min(1).max(2_147_483_647).optional(),
      limit: z.coerce.number().int().min(1).max(200).default(100),
    }),
    body: z.undefined(),
    response: z.object({ items: z.array(ChatMessage), hasMore: z.boolean() }),
    authenticated: true,
    repeat: 'safe',
  },
  postMessage: {
    method: 'POST',
    path: '/live-sessions/:sessionId/messages',
    summary: 'Say something in the room, at most once per Idempotency-Key.',
    params: inSession,
    query: nothing,
    body: z.object({ text: MessageText }),
    response: ChatMessage,
    authenticated: true,
    repeat: 'keyed',
  },
  askAssistant: {
    method: 'POST',
    path: '/live-sessions/:sessionId/assistant/questions',
    summary: 'Ask about this session. The reply is read from the stream `assistantReply`.',
    params: inSession,
    query: nothing,
    body: z.object({ text: MessageText }),
    response: z.object({ replyId: z.uuid() }),
    authenticated: true,
    repeat: 'keyed',
  },
} as const satisfies Record<string, Endpoint>
