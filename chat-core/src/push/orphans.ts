import type { Store, StoredMessage } from '../storage/store.ts';
import type { Id } from '../wire/wire.ts';

/** Schedules the pushes of messages that another process has stored, but could not push before it ended. */
export function scheduleOrphans(
  store: Store,
  schedule: (row: StoredMessage, members: readonly Id[]) => void,
): void {
  store.onOrphaned?.(async ({ conversationId, seq }) => {
    try {
      const [row, conversation] = await Promise.all([
        store.message(conversationId, seq),
        store.conversation(conversationId),
      ]);
      if (row && conversation) schedule(row, conversation.members);
    } catch {
      // The database is away: the next message of the conversation counts this one.
    }
  });
}
