import type { Id } from '../../../chat-core/src/wire/wire.ts';
import { type KeyValueStore, keysOf } from '../key-value-store.ts';
import { type Draft, isEmpty } from '../state/draft.ts';

/** Everything this browser keeps for one account begins so; another account on the same browser never sees it. */
export const accountPrefix = (userId: Id) => `bisik.${userId}.`;

/** What was begun to be written, by conversation. */
export function createDrafts(keyValueStore: KeyValueStore, userId: Id) {
  const prefix = `${accountPrefix(userId)}draft.`;

  return {
    saveDraft(conversationId: Id, draft: Draft): void {
      if (isEmpty(draft)) keyValueStore.removeItem(prefix + conversationId);
      else keyValueStore.setItem(prefix + conversationId, JSON.stringify(draft));
    },
    drafts(): Record<Id, Draft> {
      const keys = keysOf(keyValueStore, prefix);
      return Object.fromEntries(
        keys.map((key) => [key.slice(prefix.length), parse(keyValueStore.getItem(key) ?? '')]),
      );
    },
    /** Whether another tab has changed a draft, by the key of a storage event. */
    isDraftKey: (key: string | null) => key === null || key.startsWith(prefix),
    /** Takes everything of this account. */
    wipe(): void {
      for (const key of keysOf(keyValueStore, accountPrefix(userId))) keyValueStore.removeItem(key);
    },
  };
}

/** Earlier pages kept the text alone. */
function parse(kept: string): Draft {
  try {
    const draft: Partial<Draft> | null = JSON.parse(kept);
    if (typeof draft?.text === 'string') return draft as Draft;
  } catch {}
  return { text: kept };
}
