import type { ApiError } from '../errors.ts';
import type { EventName } from './events.ts';

/** The event of a request that succeeds, by its method and the path of its route. All others are ordinary use. */
export const ROUTE_EVENTS: Readonly<Record<string, EventName>> = {
  'POST /auth/register': 'account-created',
  'DELETE /me': 'account-deleted',
  'POST /me/export': 'data-exported',
  'POST /auth/login': 'login',
  'POST /auth/login/passkey': 'login',
  'POST /auth/refresh': 'token-refreshed',
  'POST /auth/logout': 'logged-out',
  'DELETE /auth/devices/:deviceId': 'device-ended',
  'POST /auth/change-password': 'password-changed',
  'POST /auth/reset-password': 'password-reset',
  'POST /auth/reauthenticate': 'reauthenticated',
  'POST /auth/oidc/register': 'account-created',
  'POST /auth/oidc/link': 'provider-linked',
  'POST /auth/oidc/unlink': 'provider-unlinked',
  'POST /auth/oidc/reauthenticate': 'reauthenticated',
  'POST /auth/oidc/password': 'password-changed',
  'POST /auth/second-factor/totp/confirm': 'second-factor-changed',
  'POST /auth/second-factor/totp/remove': 'second-factor-changed',
  'POST /auth/second-factor/recovery-codes': 'second-factor-changed',
  'POST /auth/second-factor/passkeys': 'second-factor-changed',
  'POST /auth/second-factor/passkeys/rename': 'second-factor-changed',
  'POST /auth/second-factor/passkeys/remove': 'second-factor-changed',
  'POST /invites': 'invite-created',
  'POST /invites/revoke': 'invite-revoked',
  'POST /invites/accept': 'invite-accepted',
  'POST /groups/:conversationId/links': 'invite-created',
  'DELETE /groups/:conversationId/links/:linkId': 'invite-revoked',
  'POST /groups/join': 'invite-accepted',
  'POST /friends/report': 'person-reported',
};

/** Events whose refusals for too many attempts mean that someone guesses. */
const GUESSED: readonly (EventName | undefined)[] = [
  'login',
  'password-changed',
  'password-reset',
  'reauthenticated',
];

/** The event of an error, where it is not that of its status. */
const CODE_EVENTS: Readonly<Record<string, EventName | 'none'>> = {
  WRONG_CREDENTIALS: 'login-failed',
  WRONG_SECOND_FACTOR: 'login-failed',
  WRONG_PASSKEY: 'login-failed',
  PASSKEY_COPIED: 'passkey-copied',
  // Steps of a login and of a change, not refusals.
  SECOND_FACTOR_REQUIRED: 'none',
  SECOND_FACTOR_MISSING: 'none',
  REAUTHENTICATION_REQUIRED: 'none',
  WRONG_PASSWORD: 'password-change-failed',
  OIDC_REFUSED: 'provider-refused',
  OIDC_EXPIRED: 'provider-refused',
  OIDC_UNAVAILABLE: 'provider-silent',
  // Of a person who has no account yet, or a page that offers what is off.
  OIDC_NOT_LINKED: 'none',
  OIDC_OFF: 'none',
  ACCOUNT_SUSPENDED: 'login-failed',
  WRONG_OWNER_CODE: 'owner-claim-failed',
  WRONG_RESET_CODE: 'password-reset-failed',
  NO_SUCH_MESSAGE: 'access-refused',
  NO_SUCH_FILE: 'access-refused',
  NO_SUCH_MEMBER: 'access-refused',
  NO_SUCH_PICTURE: 'access-refused',
  NO_SUCH_REQUEST: 'access-refused',
  INVITE_INVALID: 'access-refused',
  NOT_FOUND: 'request-invalid',
  CIPHER_UNAVAILABLE: 'cipher-unavailable',
  STORAGE_UNAVAILABLE: 'storage-unavailable',
  DISK_FULL: 'storage-unavailable',
  NOT_READY: 'not-ready',
  PUSH_FAILED: 'push-refused',
  // People's limits of their own, and quotas: no attack, and the page says it.
  TOO_MANY_INVITES: 'none',
  EDIT_TOO_LATE: 'none',
};

const STATUS_EVENTS: Readonly<Record<number, EventName>> = {
  400: 'request-invalid',
  401: 'token-refused',
  403: 'access-refused',
  405: 'request-invalid',
  408: 'request-invalid',
  413: 'request-invalid',
  415: 'request-invalid',
  416: 'request-invalid',
  429: 'rate-limited',
  431: 'request-invalid',
  500: 'request-failed',
};

/** The event of a refused request; undefined for errors of ordinary use, such as a name that is taken. */
export function refusalEvent({ code, status }: ApiError, routeEvent?: EventName): EventName | undefined {
  if (status === 429 && GUESSED.includes(routeEvent)) return 'login-throttled';
  const event = CODE_EVENTS[code] ?? STATUS_EVENTS[status];
  return event === 'none' ? undefined : event;
}
