import type { Store } from '../../storage/store.ts';
import type { Id } from '../../wire/wire.ts';

const ROWS_PER_READ = 200;

/** The seqs of the messages that a conversation has, by their ids. */
export async function existingIn(store: Store, id: Id, lastSeq: number): Promise<Map<Id, number>> {
  const existing = new Map<Id, number>();
  for (let before = lastSeq + 1; before > 1; before -= ROWS_PER_READ) {
    const rows = await store.messages(id, { before, limit: ROWS_PER_READ });
    for (const row of rows) existing.set(row.id, row.seq);
  }
  return existing;
}
