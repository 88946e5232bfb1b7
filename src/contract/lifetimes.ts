/**
 * How long everything lives that two sides have to agree on: the one place that says so. Seconds. What an institution
 * may set otherwise is only the default here (src/server/settings.ts).
 */
export const lifetimes = {
  /** An access token. May be set. */
  accessToken: 15 * 60,
  /** It may be set to this at most: a key is kept for that long after it signed last. */
  accessTokenAtMost: 24 * 3600,
  /** A sign-in, reckoned from the password: rotating does not prolong it. May be set. */
  signIn: 30 * 24 * 3600,
  /** A refresh token nobody uses: a laptop that stays away this long has to sign in again. May be set. */
  refreshTokenIdle: 14 * 24 * 3600,
  /** A key signs access tokens this long; it is published and accepted for longer. May be set. */
  signingKey: 30 * 24 * 3600,
  /** A new key is published this long before it signs, so that nobody's copy of the JWKS lacks it. */
  signingKeyNotice: 10 * 60,
  /** What ended is remembered this long, so that a person can be told why. */
  endedSignIn: 7 * 24 * 3600,
  /** Nobody there for this long ends the session in the app. May be set. */
  appIdle: 60 * 60,
  /** The app warns this long before. */
  appIdleWarning: 2 * 60,
  /** The app warns this long before a sign-in ends. */
  signInEndWarnings: [24 * 3600, 3600],
  /** A participant says "still here" this often. */
  heartbeat: 30,
  /** Without a word for this long a participant is shown as away. May be set. */
  participantAway: 45,
  /** Without a word for this long a participant has left the room. May be set. */
  participantGone: 90,
  /** A WebSocket has this long for its first frame. */
  hello: 10,
  /** A stream is never silent for longer. */
  streamKeepalive: 15,
  /** An upload that nobody goes on with. */
  unfinishedUpload: 24 * 3600,
  /** A link to a file for a media element. */
  mediaLink: 5 * 60,
  /** A finished job and its result. */
  finishedJob: 30 * 24 * 3600,
  /** A reply of the assistant. */
  assistantReply: 30 * 24 * 3600,
  /** A balance that was read may be told again for this long, unless a change is heard of. */
  cachedCredits: 60,
} as const
