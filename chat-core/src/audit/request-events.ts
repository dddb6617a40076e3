import type { ApiError } from '../errors.ts';
import type { EventDetails, EventName } from './events.ts';
import { ROUTE_EVENTS, refusalEvent } from './route-events.ts';
import type { SecurityLog } from './security-log.ts';

type Route = { method: string; path: string };

/** What an event says of a request. `body` is read for the name of an account alone, which is not recorded. */
export type EventSource = {
  route?: Route;
  who?: string | undefined;
  body?: unknown;
  from: string;
  requestId?: string | undefined;
};

/** What names an account before it is proven to be one. */
type AccountClaim = { username: string } | { id: string };
type AccountIdOf = (claim: AccountClaim) => Promise<string | undefined>;

/** Why a token was refused. */
type TokenRefusal = 'missing' | 'revoked' | 'expired' | 'invalid';

/** Records the security events of requests; an account without a session is found by what the body names. */
export class RequestEvents {
  private readonly log: SecurityLog;
  private readonly accountIdOf: AccountIdOf;
  private readonly byRoute = new Map<Route, EventName | undefined>();

  constructor(log: SecurityLog, accountIdOf: AccountIdOf) {
    this.log = log;
    this.accountIdOf = accountIdOf;
  }

  /** The event of a request of this route that succeeds. Cheap: it is looked up for each request. */
  eventOf(route: Route): EventName | undefined {
    if (!this.byRoute.has(route)) this.byRoute.set(route, ROUTE_EVENTS[nameOf(route)]);
    return this.byRoute.get(route);
  }

  /** Records the refusal of a request, unless its error is one of ordinary use. */
  refused(error: ApiError | undefined, source: EventSource, findReason?: () => TokenRefusal): void {
    if (!error) return;
    const event = refusalEvent(error, source.route && this.eventOf(source.route));
    if (!event) return;
    const reason = event === 'token-refused' ? findReason?.() : undefined;
    const cause = error.status >= 500 && error.cause instanceof Error ? error.cause.message : undefined;
    this.record(event, source, { code: error.code, ...(reason && { reason }), ...(cause && { cause }) });
  }

  record(event: EventName, source: EventSource, more: EventDetails = {}): void {
    const { route, who, body, from, requestId } = source;
    const details = {
      from,
      route: route ? nameOf(route) : 'unknown',
      ...more,
      ...(requestId !== undefined && { requestId }),
    };
    if (who !== undefined) {
      this.log.record(event, { who, ...details });
      return;
    }
    const claim = claimOf(body);
    if (!claim) {
      this.log.record(event, details);
      return;
    }
    // Not the claim itself: what a person typed may be a password in the wrong field.
    void this.accountIdOf(claim)
      .catch(() => undefined)
      .then((id) => this.log.record(event, { ...(id !== undefined && { who: id }), ...details }));
  }
}

/** The account that a body without a session names: by what a person typed, or by their passkey. */
function claimOf(body: unknown): AccountClaim | undefined {
  const { username, passkey } = (body ?? {}) as { username?: unknown; passkey?: { userHandle?: unknown } };
  if (typeof username === 'string') return { username };
  const handle = passkey?.userHandle;
  return typeof handle === 'string' ? { id: Buffer.from(handle, 'base64url').toString() } : undefined;
}

const nameOf = ({ method, path }: Route) => `${method.toUpperCase()} ${path}`;

/** Why a token of no caller was refused. What its claims say is not proven: they only name the reason in the log. */
export function tokenRefusal(
  token: string,
  isSigned: (token: string) => boolean,
  nowMs = Date.now(),
): TokenRefusal {
  if (token === '') return 'missing';
  if (isSigned(token)) return 'revoked';
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    const { exp } = claims as { exp?: unknown };
    return typeof exp === 'number' && exp * 1000 <= nowMs ? 'expired' : 'invalid';
  } catch {
    return 'invalid';
  }
}
