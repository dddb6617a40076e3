import type { Page } from 'playwright-core';
import { expect } from 'vitest';

type Row = { id: string; text?: string; content?: string };
export type Store = 'chats' | 'messages' | 'outbox';

/** What the browser keeps for a person in a store of its database; nothing where there is none. */
export function storedRows(page: Page, userId: string, store: Store): Promise<Row[]> {
  return page.evaluate(
    async ([name, from]) => {
      const there = await indexedDB.databases();
      if (!there.some((database) => database.name === name)) return [];
      const result = <T>(request: IDBRequest<T>) =>
        new Promise<T>((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error);
        });
      const opening = indexedDB.open(name);
      // Deleted meanwhile by the page: whoever looks must not make it anew.
      opening.onupgradeneeded = () => opening.transaction?.abort();
      const db = await result(opening).catch(() => undefined);
      if (!db) return [];
      try {
        return await result<Row[]>(db.transaction(from).objectStore(from).getAll());
      } finally {
        db.close();
      }
    },
    [`bisik.${userId}`, store] as const,
  );
}

/** Waits until the browser keeps so many rows of a person in a store. */
export async function waitForStoredRows(
  page: Page,
  userId: string,
  store: Store,
  count: number,
): Promise<void> {
  await expect.poll(async () => (await storedRows(page, userId, store)).length).toBe(count);
}
