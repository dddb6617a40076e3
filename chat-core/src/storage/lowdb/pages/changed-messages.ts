import type { Id } from '../../../wire/wire.ts';
import { fromSeqOf } from '../../rows.ts';
import { isOpenArchive, type MessageChange, type PageBudget, type StoredMessage } from '../../store.ts';
import { changesFor } from '../state/conversation-state.ts';
import type { State } from '../state/state.ts';

/** Where the rows of messages are read. */
export type MessageSource = {
  readonly state: State;
  /** Messages with `from` ≤ seq ≤ `to`, oldest first. */
  between(id: Id, from: number, to: number, budget?: PageBudget): Promise<StoredMessage[]>;
  /** The lowest seq whose revision is above `since`; `lastSeq` + 1 when there is none. */
  firstAfter(id: Id, since: number, lastSeq: number, budget?: PageBudget): Promise<number>;
};

/** See Store.changedMessages. */
export async function changedMessages(
  source: MessageSource,
  userId: Id,
  since: number,
  {
    limit,
    max = Number.POSITIVE_INFINITY,
    budget,
  }: { limit: number; max?: number | undefined; budget?: PageBudget | undefined },
): Promise<MessageChange[] | undefined> {
  const { state } = source;
  const changedConversations = state
    .conversationsOf(userId)
    .filter((one) => one.rev > since && !isOpenArchive(one));
  const ranges = await Promise.all(
    changedConversations.map(async (conversation) => {
      const { id, kind, lastSeq } = conversation;
      const imported = (kind === 'group' && conversation.group.archive?.rows) || 0;
      const fromSeq = fromSeqOf(conversation, userId);
      const first = Math.max(fromSeq, imported + 1, await source.firstAfter(id, since, lastSeq, budget));
      const entry = state.conversationState(id);
      return { id, fromSeq, first, lastSeq, changes: entry && changesFor(entry, userId, since) };
    }),
  );
  const changes: { id: Id; seq: number; rev: number }[] = [];
  let count = 0;
  for (const { id, fromSeq, first, lastSeq, changes: own } of ranges) {
    if (!own) return undefined;
    const older = [...own].filter(([seq]) => seq >= fromSeq && seq < first);
    changes.push(...older.map(([seq, rev]) => ({ id, seq, rev })));
    // An import may leave members whose first readable message is still to come.
    count += Math.max(0, lastSeq - first + 1) + older.length;
  }
  if (count > max) return undefined;
  const appended = await Promise.all(
    ranges.map(({ id, first, lastSeq }) =>
      source.between(id, first, Math.min(lastSeq, first + limit - 1), budget),
    ),
  );
  const changed = await Promise.all(
    changes
      .sort((a, b) => a.rev - b.rev)
      .slice(0, limit)
      .map(async ({ id, seq, rev }) => ({ rev, rows: await source.between(id, seq, seq, budget) })),
  );
  return [
    ...appended.flat().map((message) => ({ rev: message.rev, message })),
    ...changed.flatMap(({ rev, rows }) => rows.map((message) => ({ rev, message }))),
  ]
    .sort((a, b) => a.rev - b.rev)
    .slice(0, limit);
}
