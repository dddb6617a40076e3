import type { Id } from '../../../chat-core/src/wire.ts';
import { keysOf, type Shelf } from './storage.ts';

export type Kept = ReturnType<typeof createKept>;

/** Everything this browser keeps for one account begins so; another account on the same browser never sees it. */
export const keptPrefix = (userId: Id) => `bisik.${userId}.`;

/** What was begun to be written, by conversation. */
export function createKept(shelf: Shelf, userId: Id) {
  const prefix = keptPrefix(userId);
  const draftKey = (conversationId: Id) => `${prefix}draft.${conversationId}`;

  return {
    draft: (conversationId: Id) => shelf.getItem(draftKey(conversationId)) ?? '',
    /** A draft is a convenience: a full storage must not stop anyone from typing. */
    keepDraft(conversationId: Id, text: string): void {
      try {
        if (text.trim()) shelf.setItem(draftKey(conversationId), text);
        else shelf.removeItem(draftKey(conversationId));
      } catch {
        shelf.removeItem(draftKey(conversationId));
      }
    },
    drafts(): Record<Id, string> {
      const keys = keysOf(shelf, draftKey(''));
      return Object.fromEntries(
        keys.map((key) => [key.slice(draftKey('').length), shelf.getItem(key) ?? '']),
      );
    },
    wipe(): void {
      for (const key of keysOf(shelf, prefix)) shelf.removeItem(key);
    },
  };
}
