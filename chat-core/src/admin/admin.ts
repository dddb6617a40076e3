import { z } from 'zod';
import type { AuditEvent, AuditTrail } from '../audit/audit-trail.ts';
import type { EventName } from '../audit/events.ts';
import type { SecurityLog } from '../audit/security-log.ts';
import { createResetCode, type ResetCode } from '../auth/reset.ts';
import type { Clock } from '../clock.ts';
import { ApiError } from '../errors.ts';
import { clearReports, listReports, type NamedReport } from '../friends/reporting.ts';
import { createInvite, DAYS, openInvites, revokeInvite, USES } from '../invites/invites.ts';
import type { Store } from '../storage/store.ts';
import type { Done, Invite, NewInviteAnswer } from '../wire/wire.ts';
import type { ProbeReport } from './probe.ts';

/** Commands of the operator that change the box or read what people wrote or did. */
export const COMMANDS = [
  'backup',
  'export',
  'import',
  'invite',
  'repair',
  'reports',
  'reset-password',
  'restore',
] as const;

/** Stored events listed by one request, the newest. */
const MAX_EVENTS = 1000;
const DAY_MS = 24 * 3600 * 1000;

const upTo = (max: number) => z.number().int().min(1).max(max).exactOptional();

/** What the operator may request at the terminal, of a running chat-core or of the database itself. */
const AdminRequest = z.discriminatedUnion('ask', [
  z.strictObject({
    ask: z.literal('reset-password'),
    username: z.string(),
    removesSecondFactor: z.boolean().exactOptional(),
  }),
  z.strictObject({ ask: z.literal('invite'), uses: upTo(USES.max), days: upTo(DAYS.max) }),
  z.strictObject({ ask: z.literal('invites') }),
  z.strictObject({ ask: z.literal('revoke-invite'), id: z.string() }),
  z.strictObject({ ask: z.literal('reports') }),
  z.strictObject({ ask: z.literal('clear-reports'), username: z.string() }),
  z.strictObject({ ask: z.literal('audit'), username: z.string().exactOptional(), days: upTo(3650) }),
  z.strictObject({ ask: z.literal('ran'), command: z.enum(COMMANDS) }),
  z.strictObject({ ask: z.literal('probe') }),
]);
export type AdminRequest = z.output<typeof AdminRequest>;

/** The response to each request. */
export type AdminResponses = {
  'reset-password': ResetCode;
  invite: NewInviteAnswer;
  /** All open invitations; `by` is the creator's username. */
  invites: (Invite & { by?: string })[];
  'revoke-invite': Done;
  reports: NamedReport[];
  'clear-reports': { count: number };
  /** The stored events, oldest first, and how often each event occurred since chat-core started, if it runs. */
  audit: { events: NamedEvent[]; counts?: Partial<Record<EventName, number>> };
  ran: Done;
  probe: ProbeReport;
};

/** A stored event, with the current username of its account. */
export type NamedEvent = AuditEvent & { username?: string };

/** `securityLog` and `probe`: those of a chat-core that runs. */
type AdminDeps = {
  store: Store;
  clock: Clock;
  trail: AuditTrail;
  securityLog?: SecurityLog;
  probe?: () => Promise<ProbeReport>;
};

/** @throws ApiError, or ZodError for a request that this version does not have */
export async function handleAdminRequest(
  deps: AdminDeps,
  input: unknown,
): Promise<AdminResponses[AdminRequest['ask']]> {
  const request = AdminRequest.parse(input);
  switch (request.ask) {
    case 'reset-password':
      return createResetCode(deps, request.username, request.removesSecondFactor);
    case 'invite':
      return createInvite(deps, undefined, request);
    case 'invites':
      return openInvites(deps);
    case 'revoke-invite':
      await revokeInvite(deps, request.id);
      return { message: 'The invitation is revoked.' };
    case 'reports':
      return listReports(deps.store);
    case 'clear-reports':
      return { count: await clearReports(deps.store, request.username) };
    case 'audit':
      return {
        events: await listEvents(deps, request),
        ...(deps.securityLog && { counts: deps.securityLog.counts() }),
      };
    case 'ran':
      deps.securityLog?.record('operator-command', { command: request.command });
      return { message: 'It is recorded.' };
    case 'probe':
      if (!deps.probe) throw new Error('chat-core does not run: start the box first.');
      return deps.probe();
  }
}

async function listEvents(
  { store, trail }: AdminDeps,
  { username, days }: { username?: string; days?: number },
): Promise<NamedEvent[]> {
  const account = username === undefined ? undefined : await store.accountByName(username);
  if (username !== undefined && !account) throw new ApiError('NO_SUCH_USER');
  const since = days === undefined ? 0 : Date.now() - days * DAY_MS;
  const events = (await trail.read()).filter(
    ({ at, who }) => at >= since && (!account || who === account.id),
  );
  return Promise.all(
    events.slice(-MAX_EVENTS).map(async (event) => {
      const named = event.who === undefined ? undefined : await store.account(event.who);
      return { ...event, ...(named && { username: named.username }) };
    }),
  );
}
