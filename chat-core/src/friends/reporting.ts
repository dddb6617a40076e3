import type { Clock } from '../clock.ts';
import { isReadable, requireMember } from '../conversations/membership.ts';
import { ApiError } from '../errors.ts';
import type { Report, Store } from '../storage/store.ts';
import type { Id, ReportPerson } from '../wire/wire.ts';
import { requireAccount } from './relation-lists.ts';

/** The newest reports are stored with an account; fewer of one reporter, so that no one displaces the reports of others. */
const MAX_REPORTS = 20;
const MAX_PER_REPORTER = 5;
/** The newest messages of a group among which one of a reported person is looked for who left it. */
const MAX_ROWS = 500;

/**
 * Stores a report about a person, and optionally one message of theirs, for the operator. The reported person is not
 * notified, and no text is copied.
 * @throws ApiError NO_SUCH_USER, NOT_MEMBER, WRONG_CONVERSATION, INVALID_REQUEST
 */
export async function report(
  { store, clock }: { store: Store; clock: Clock },
  userId: Id,
  { userId: about, reason, conversationId, seq }: ReportPerson,
): Promise<void> {
  if (about === userId) throw new ApiError('INVALID_REQUEST', { detail: 'You cannot report yourself.' });
  await requireAccount(store, about);
  await requireReportable(store, userId, { about, conversationId, seq });
  const added: Report = {
    by: userId,
    reason,
    at: clock(),
    ...(conversationId !== undefined && { conversationId }),
    ...(seq !== undefined && { seq }),
  };
  await store.transact(async (tx) => {
    const account = await requireAccount(tx, about);
    const known = account.reports ?? [];
    const same = ({ by, reason, conversationId, seq }: Report) =>
      JSON.stringify([by, reason, conversationId, seq]);
    if (known.some((one) => same(one) === same(added))) return;
    const own = known.filter(({ by }) => by === userId);
    const displaced = own.slice(0, Math.max(0, own.length + 1 - MAX_PER_REPORTER));
    const reports = [...known.filter((one) => !displaced.includes(one)), added].slice(-MAX_REPORTS);
    await tx.saveAccount({ ...account, reports });
  });
}

/** A report with the current usernames of both. */
export type NamedReport = { about: string; by: string } & Omit<Report, 'by'>;

/** All stored reports, oldest first. */
export async function listReports(store: Store): Promise<NamedReport[]> {
  const reports: NamedReport[] = [];
  for (const { username, reports: stored = [] } of await store.reportedAccounts()) {
    for (const { by, ...report } of stored) {
      reports.push({ about: username, by: (await store.account(by))?.username ?? by, ...report });
    }
  }
  return reports.sort((a, b) => a.at - b.at).map((one) => ({ ...one, at: store.time.toWall(one.at) }));
}

/**
 * That the conversation is one of the reporter, and one of the reported person or of a group in which they wrote lately; and
 * that they wrote the message that the report names. The sender of a row never changes, so a check outside the transaction is enough.
 */
async function requireReportable(
  store: Store,
  userId: Id,
  { about, conversationId, seq }: { about: Id; conversationId: Id | undefined; seq: number | undefined },
): Promise<void> {
  if (conversationId === undefined) {
    if (seq !== undefined) throw new ApiError('INVALID_REQUEST', { detail: 'This is no message of theirs.' });
    return;
  }
  const conversation = await requireMember(store, userId, { conversationId });
  if (conversation.kind === 'direct') await requireMember(store, userId, { conversationId, otherId: about });
  if (seq === undefined) {
    if (conversation.members.includes(about)) return;
    const rows = await store.messages(conversationId, { limit: MAX_ROWS });
    if (rows.some((row) => row.senderId === about && isReadable(conversation, userId, row))) return;
    throw new ApiError('INVALID_REQUEST', { detail: 'This person is not in the conversation.' });
  }
  const row = await store.message(conversationId, seq);
  if (row?.senderId === about && !row.event && isReadable(conversation, userId, row)) return;
  throw new ApiError('INVALID_REQUEST', { detail: 'This is no message of theirs.' });
}
