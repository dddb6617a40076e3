import { bareRow } from '../../bare-row.ts';
import { type Changes, changesOf } from '../../rows.ts';
import type { StoredMessage } from '../../store.ts';

/** A commit as the cores that follow it get it. `at` and `clock`: see Stamp. */
export type CommitRecord = { revision: number; core: string; at: number; clock: number; changes: Changes };

/** The changes of a commit without what no core holds in memory: the texts of messages and the pieces of pictures. */
export function recordedChanges(changes: Changes): Partial<Changes> {
  const recorded = {
    ...changes,
    messages: changes.messages.map(outlineOf),
    edits: changes.edits.map(outlineOf),
    pictures: [],
  };
  return Object.fromEntries(Object.entries(recorded).filter(([, rows]) => rows.length > 0));
}

export function changesOfRecord(recorded: Partial<Changes>): Changes {
  return changesOf(recorded);
}

/** What of a message changes a header, or tells whom to notify: never its texts, files, reactions or votes. */
export function outlineOf(row: StoredMessage): StoredMessage {
  const { deletedAt, expired, imported } = row;
  return {
    ...bareRow(row),
    ...(deletedAt !== undefined && { deletedAt }),
    ...(expired && { expired }),
    ...(imported && { imported }),
  };
}
