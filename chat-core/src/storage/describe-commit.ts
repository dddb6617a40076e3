import { isDeletedGroup, type Rows } from './rows.ts';
import type { Commit } from './store.ts';
import { affectedUsers, type CommittedChanges } from './writer.ts';

/**
 * What listeners learn of a durable batch, which `rows` contain. `elsewhere` is the part of it that other processes
 * committed, `accountsElsewhere` the accounts in that.
 */
export function describeCommit(
  batch: CommittedChanges[],
  rows: Pick<Rows, 'conversation'>,
  elsewhere: CommittedChanges[] = [],
  accountsElsewhere: Commit['accountsElsewhere'] = [],
): Commit {
  const all = batch.map(({ changes }) => changes);
  return {
    revision: batch.at(-1)?.revision ?? 0,
    users: affectedUsers(batch, rows),
    messages: all.flatMap(({ messages }) => messages),
    scheduling: all.flatMap(({ accounts }) =>
      accounts.filter(({ scheduled }) => scheduled).map(({ id }) => id),
    ),
    // Others were only resealed: their texts are the same.
    replacedElsewhere: elsewhere.flatMap(({ revision, changes }) =>
      changes.edits.filter(({ changedRev, expired }) => changedRev === revision || expired),
    ),
    deletedElsewhere: elsewhere.flatMap(({ changes }) =>
      changes.conversations.filter(isDeletedGroup).map(({ id }) => id),
    ),
    accountsElsewhere,
  };
}
