/**
 * Who may read an event later: `log` only the log, `people` also the audit trail, where people's events have a share of
 * their own, `owners` that of the owners, and `operator` the part of the trail that only the operator can fill.
 */
type Kind = 'log' | 'people' | 'owners' | 'operator';

/** What an event means: its kind, how many lines of the log it may have in a minute, and its sentence. */
type EventRow = { kind: Kind; perMinute: number; says: string };

const row = (kind: Kind, perMinute: number, says: string): EventRow => ({ kind, perMinute, says });

/**
 * The security events of this box (OWASP ASVS 5.0 16.3), by name. A request that is refused has the event of its error
 * (refusals.ts), one that succeeds that of its route.
 */
export const EVENTS = {
  login: row('log', 300, 'a person logged in'),
  'login-failed': row('log', 30, 'a login was refused'),
  'login-throttled': row('people', 10, 'logins were refused for some time, after too many failures'),
  'account-created': row('people', 60, 'a person made an account'),
  'account-deleted': row('people', 60, 'a person deleted their account'),
  'data-exported': row('people', 60, 'a person asked for an export of their data'),
  'token-refreshed': row('log', 60, 'a token was renewed'),
  'token-refused': row('log', 20, 'a token was refused'),
  'logged-out': row('log', 120, 'a person logged out'),
  'device-ended': row('people', 60, 'a person logged out another of their devices'),
  'password-changed': row('people', 60, 'a person changed their password'),
  'password-change-failed': row('people', 10, 'a change of a password was refused'),
  'second-factor-changed': row('people', 60, 'a person changed the second factor of their account'),
  'provider-linked': row('people', 60, 'a person linked their account with one of the provider'),
  'provider-unlinked': row('people', 60, 'a person ended the link of their account with the provider'),
  'provider-refused': row('people', 10, 'a login by the provider was refused'),
  'provider-silent': row('log', 10, 'the provider of logins cannot be reached'),
  'passkey-copied': row('people', 10, 'a passkey counted backwards, as a copy of it would'),
  reauthenticated: row('log', 60, 'a person proved again who they are'),
  'password-reset': row('people', 60, 'a person set a new password with a code of the operator'),
  'password-reset-failed': row('people', 10, 'a reset code was refused'),
  'invite-created': row('people', 60, 'a person made an invitation'),
  'invite-accepted': row('people', 60, 'a person accepted an invitation'),
  'invite-revoked': row('people', 60, 'a person revoked an invitation'),
  'person-reported': row('people', 30, 'a person reported another'),
  'access-refused': row('log', 20, 'a request for something that is not theirs was refused'),
  'request-invalid': row('log', 10, 'an invalid request was refused'),
  'rate-limited': row('log', 10, 'too many requests were refused'),
  'request-failed': row('log', 20, 'a request failed on this box'),
  'cipher-unavailable': row('people', 5, 'messages could not be sealed or opened'),
  'storage-unavailable': row('people', 5, 'nothing could be written'),
  'not-ready': row('log', 5, 'the box was asked and not ready'),
  'push-service-silent': row('log', 10, 'a push service does not answer'),
  'push-refused': row('log', 10, 'a push service refused a push'),
  'push-service-answers': row('log', 10, 'a push service answers again'),
  'owner-claim-failed': row('people', 10, 'a wrong code to become the owner was refused'),
  'owner-command': row('owners', 60, 'an owner of the box changed something'),
  'operator-command': row('operator', 60, 'the operator ran a command'),
  started: row('operator', 10, 'chat-core started'),
  stopped: row('operator', 10, 'chat-core stopped'),
} as const satisfies Record<string, EventRow>;

export type EventName = keyof typeof EVENTS;

/** Whether a text names an event. */
export function isEventName(text: string): text is EventName {
  return Object.hasOwn(EVENTS, text);
}

/**
 * What is recorded of an event besides its time and its name: never a text, a password, a token, a code, a name that
 * people typed or the name of a file. `who` is the id of an account, `from` a network as rate limits count it, `route` the
 * pattern of the path, `about` the account that an owner acted on, `code` the error, `cause` the message of what caused
 * it on this box, `host` that of a push service, `command` a name of the operator's commands.
 */
export type EventDetails = {
  who?: string | undefined;
  about?: string | undefined;
  from?: string | undefined;
  route?: string | undefined;
  code?: string | undefined;
  reason?: string | undefined;
  cause?: string | undefined;
  requestId?: string | undefined;
  host?: string | undefined;
  command?: string | undefined;
};
