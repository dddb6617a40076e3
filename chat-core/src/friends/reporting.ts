import type { Clock } from '../clock.ts';
import { isReadable, requireMember } from '../conversations/membership.ts';
import { ApiError } from '../errors.ts';
import { isDue } from '../storage/expiry-queues.ts';
import type { Report, Store } from '../storage/store.ts';
import type { Id, ReportPerson } from '../wire/wire.ts';
import { requireAccount } from './relation-lists.ts';

/**
 * Reports about one person are never displaced, by nobody's: these are as many as are stored, and as many of one reporter.
 * Half of the room is for those who have reported this person not at all yet, so that a few cannot keep the others out.
 */
const MAX_REPORTS = 100;
const MAX_PER_REPORTER = 5;
const MAX_FURTHER_REPORTS = 50;
const FULL =
  'Whoever runs this box has as many reports about this person as there may be, and has to read them first.';
/** The newest messages of a group among which one of a reported person is looked for who left it. */
const MAX_ROWS = 500;

/**
 * Stores a report about a person, and optionally one message of theirs, for the operator. The reported person is not
 * notified, and no text is copied.
 * @throws ApiError NO_SUCH_USER, NOT_MEMBER, WRONG_CONVERSATION, INVALID_REQUEST, LIST_FULL
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
    const own = known.filter(({ by }) => by === userId).length;
    const further = known.length - new Set(known.map(({ by }) => by)).size;
    const isFull = known.length >= MAX_REPORTS || (own > 0 && further >= MAX_FURTHER_REPORTS);
    if (isFull || own >= MAX_PER_REPORTER) throw new ApiError('LIST_FULL', { detail: FULL });
    await tx.saveAccount({ ...account, reports: [...known, added] });
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

/** Deletes the reports about a person, once the operator has dealt with them. @throws ApiError NO_SUCH_USER */
export async function clearReports(store: Store, username: string): Promise<number> {
  const account = await store.accountByName(username);
  if (!account) throw new ApiError('NO_SUCH_USER');
  return clearReportsAbout(store, account.id);
}

/** @returns how many there were @throws ApiError NO_SUCH_ACCOUNT */
export function clearReportsAbout(store: Store, userId: Id): Promise<number> {
  return store.transact(async (tx) => {
    const account = await tx.account(userId);
    if (!account) throw new ApiError('NO_SUCH_ACCOUNT');
    const { reports = [], ...rest } = account;
    if (reports.length > 0) await tx.saveAccount(rest);
    return reports.length;
  });
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
  const isThere = row && !row.event && !isDue(row, store.time);
  if (isThere && row.senderId === about && isReadable(conversation, userId, row)) return;
  throw new ApiError('INVALID_REQUEST', { detail: 'This is no message of theirs.' });
}
