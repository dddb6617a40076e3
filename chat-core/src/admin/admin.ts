import { z } from 'zod';
import type { AuditEvent, AuditTrail } from '../audit/audit-trail.ts';
import type { EventName } from '../audit/events.ts';
import type { SecurityLog } from '../audit/security-log.ts';
import { createResetCode, type ResetCode } from '../auth/reset.ts';
import type { Backups } from '../backups/backups.ts';
import type { Cipher } from '../cipher/cipher.ts';
import type { Clock } from '../clock.ts';
import { ApiError } from '../errors.ts';
import { clearReports, listReports, type NamedReport } from '../friends/reporting.ts';
import { createInvite, DAYS, openInvites, revokeInvite, USES } from '../invites/invites.ts';
import type { BoxSettings } from '../settings.ts';
import type { Store } from '../storage/store.ts';
import { BackupState, ChangePerson, ChangeSettings } from '../wire/owner.ts';
import type {
  Done,
  Id,
  Invite,
  NewInviteAnswer,
  OwnerPeople,
  OwnerPerson,
  OwnerSettings,
} from '../wire/wire.ts';
import { deletePerson } from './delete-person.ts';
import { type OwnerClaim, ownerIds } from './owners.ts';
import { changePerson, listPeople } from './people.ts';
import type { ProbeReport } from './probe.ts';

/** Commands of the operator that change the box or read what people wrote or did. */
export const COMMANDS = [
  'backup',
  'export',
  'import',
  'invite',
  'migrate',
  'owner',
  'people',
  'repair',
  'reports',
  'reset-password',
  'restore',
  'settings',
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
  z.strictObject({ ask: z.literal('owner'), username: z.string().exactOptional() }),
  z.strictObject({ ask: z.literal('people'), after: z.string().exactOptional() }),
  z.strictObject({ ask: z.literal('person'), username: z.string(), change: ChangePerson }),
  z.strictObject({ ask: z.literal('delete-person'), username: z.string() }),
  z.strictObject({ ask: z.literal('settings'), change: ChangeSettings }),
  z.strictObject({ ask: z.literal('backup-state'), state: BackupState }),
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
  /** The owners' usernames, and the code of a box that runs and has none. */
  owner: { owners: string[]; code?: string };
  people: OwnerPeople;
  person: OwnerPerson;
  'delete-person': Done;
  settings: OwnerSettings;
  /** Whether the owner requested a backup. */
  'backup-state': { start: boolean };
  ran: Done;
  probe: ProbeReport;
};

/** A stored event, with the current username of its account. */
export type NamedEvent = AuditEvent & { username?: string; aboutUsername?: string };

/** `securityLog`, `claim`, `probe` and `backups`: those of a chat-core that runs. */
type AdminDeps = {
  store: Store;
  /** Of the running box. */
  cipher?: Pick<Cipher, 'forget'>;
  clock: Clock;
  settings: BoxSettings;
  trail: AuditTrail;
  securityLog?: SecurityLog;
  claim?: OwnerClaim;
  probe?: () => Promise<ProbeReport>;
  backups?: Backups;
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
    case 'owner':
      return ownersOf(deps, request.username);
    case 'people':
      return listPeople(deps.store, request.after);
    case 'person': {
      const account = await deps.store.accountByName(request.username);
      if (!account) throw new ApiError('NO_SUCH_USER');
      const { person, actions } = await changePerson(deps.store, account.id, request.change);
      for (const action of actions) record(deps, action, account.id);
      return person;
    }
    case 'delete-person': {
      const account = await deps.store.accountByName(request.username);
      if (!account) throw new ApiError('NO_SUCH_USER');
      if (await deletePerson(deps.store, account.id, deps.cipher)) record(deps, 'delete', account.id);
      return { message: 'The account is deleted.' };
    }
    case 'settings': {
      const { now, changed } = await deps.settings.change(request.change);
      for (const name of changed) record(deps, `set-${name}`);
      return now;
    }
    case 'backup-state':
      return deps.backups?.report(request.state) ?? { start: false };
    case 'ran':
      deps.securityLog?.record('operator-command', { command: request.command });
      return { message: 'It is recorded.' };
    case 'probe':
      if (!deps.probe) throw new Error('chat-core does not run: start the box first.');
      return deps.probe();
  }
}

/** Makes a person an owner first, if one is named. */
async function ownersOf(deps: AdminDeps, username: string | undefined): Promise<AdminResponses['owner']> {
  const { store, claim } = deps;
  const account = username === undefined ? undefined : await store.accountByName(username);
  if (username !== undefined && !account) throw new ApiError('NO_SUCH_USER');
  if (account) {
    const { actions } = await changePerson(store, account.id, { owner: true });
    for (const action of actions) record(deps, action, account.id);
  }
  const owners = await Promise.all(ownerIds(store).map((id) => store.account(id)));
  return {
    owners: owners.flatMap((owner) => owner?.username ?? []),
    ...(owners.length === 0 && claim && { code: claim.code }),
  };
}

/** Records what the operator did to whom, where no chat-core runs in the trail alone. */
function record({ securityLog, trail }: AdminDeps, command: string, about?: Id): void {
  const details = { command, ...(about !== undefined && { about }) };
  if (securityLog) securityLog.record('operator-command', details);
  else trail.append('operator', 'operator-command', details);
}

async function listEvents(
  { store, trail }: AdminDeps,
  { username, days }: { username?: string; days?: number },
): Promise<NamedEvent[]> {
  const account = username === undefined ? undefined : await store.accountByName(username);
  if (username !== undefined && !account) throw new ApiError('NO_SUCH_USER');
  const since = days === undefined ? 0 : Date.now() - days * DAY_MS;
  const events = (await trail.read()).filter(
    ({ at, who, about }) => at >= since && (!account || who === account.id || about === account.id),
  );
  return Promise.all(
    events.slice(-MAX_EVENTS).map(async (event) => {
      const named = event.who === undefined ? undefined : await store.account(event.who);
      const about = event.about === undefined ? undefined : await store.account(event.about);
      return {
        ...event,
        ...(named && { username: named.username }),
        ...(about && { aboutUsername: about.username }),
      };
    }),
  );
}
