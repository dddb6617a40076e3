import type { Id } from '../../../chat-core/src/wire/wire.ts';
import { type KeyValueStore, keysOf } from '../key-value-store.ts';
import { type Draft, isEmpty } from '../state/draft.ts';
import { accountPrefix, openAccountKeys } from './account-keys.ts';

/** The unsent text of each conversation. */
export function createDrafts(keyValueStore: KeyValueStore, userId: Id) {
  const prefix = `${accountPrefix(userId)}draft.`;
  const keys = openAccountKeys(keyValueStore, userId);

  return {
    saveDraft(conversationId: Id, draft: Draft): void {
      if (isEmpty(draft)) keys.removeItem(prefix + conversationId);
      else keys.setItem(prefix + conversationId, JSON.stringify(draft));
    },
    forgetDrafts(conversationIds: readonly Id[]): void {
      for (const id of conversationIds) keys.removeItem(prefix + id);
    },
    drafts: (): Record<Id, Draft> =>
      Object.fromEntries(
        keysOf(keys, prefix).map((key) => [key.slice(prefix.length), parse(keys.getItem(key) ?? '')]),
      ),
    /** Whether another tab has changed a draft, by the key of a storage event. */
    isDraftKey: (key: string | null) => key === null || key.startsWith(prefix),
  };
}

/** An earlier version of the page stored the text alone. */
function parse(stored: string): Draft {
  try {
    const draft: Partial<Draft> | null = JSON.parse(stored);
    if (typeof draft?.text === 'string') return draft as Draft;
  } catch {}
  return { text: stored };
}
