import type { Clock } from '../clock.ts';
import { requireMember } from '../conversations/membership.ts';
import { ApiError } from '../errors.ts';
import type { Report, Store } from '../storage/store.ts';
import type { Id, ReportPerson } from '../wire/wire.ts';
import { requireAccount } from './relation-lists.ts';

/** An account keeps so many reports, the newest, and of one person so many: nobody pushes out what others said. */
const MAX_REPORTS = 20;
const MAX_OF_ONE = 5;

/**
 * Keeps a report of a person, and maybe of one message they wrote, for whoever runs the box. The one it is about
 * learns nothing, and no text is copied.
 * @throws ApiError NO_SUCH_USER, NOT_MEMBER, WRONG_CONVERSATION, INVALID_REQUEST
 */
export async function report(
  { store, clock }: { store: Store; clock: Clock },
  userId: Id,
  { userId: about, reason, conversationId, seq }: ReportPerson,
): Promise<void> {
  if (about === userId) throw new ApiError('INVALID_REQUEST', { detail: 'You cannot report yourself.' });
  await requireAccount(store, about);
  if (conversationId !== undefined) await requireMember(store, userId, { conversationId, otherId: about });
  if (seq !== undefined) await requireAuthor(store, about, conversationId, seq);
  const made: Report = {
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
    if (known.some((one) => same(one) === same(made))) return;
    const own = known.filter(({ by }) => by === userId);
    const spent = own.slice(0, Math.max(0, own.length + 1 - MAX_OF_ONE));
    const reports = [...known.filter((one) => !spent.includes(one)), made].slice(-MAX_REPORTS);
    await tx.saveAccount({ ...account, reports });
  });
}

/** What somebody reported, in the names people have now. */
export type ToldReport = { about: string; by: string } & Omit<Report, 'by'>;

/** All reports that are kept, oldest first. */
export async function listReports(store: Store): Promise<ToldReport[]> {
  const told: ToldReport[] = [];
  for (const { username, reports = [] } of await store.reportedAccounts()) {
    for (const { by, ...report } of reports) {
      told.push({ about: username, by: (await store.account(by))?.username ?? by, ...report });
    }
  }
  const inOrder = told.sort((a, b) => a.at - b.at);
  return inOrder.map((one) => ({ ...one, at: store.time.toWall(one.at) }));
}

/** A row's sender is for ever: it needs no second look inside a transaction. */
async function requireAuthor(
  store: Store,
  about: Id,
  conversationId: Id | undefined,
  seq: number,
): Promise<void> {
  const page = { before: seq + 1, limit: 1 };
  const [row] = conversationId === undefined ? [] : await store.messages(conversationId, page);
  if (row?.seq === seq && row.senderId === about) return;
  throw new ApiError('INVALID_REQUEST', { detail: 'This is no message of theirs.' });
}
