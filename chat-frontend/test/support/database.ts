import type { Page } from 'playwright-core';
import { expect } from 'vitest';

type Row = { id: string; text?: string; content?: string };
export type Store = 'chats' | 'messages' | 'outbox';

/** All rows in one store of a person's IndexedDB; empty when there is no such database. */
export const storedRows = (page: Page, userId: string, store: Store) =>
  rowsOf(page, `bisik.${userId}`, store);

/** The pictures of messages that this browser has kept for a person. */
export const keptPictures = (page: Page, userId: string) =>
  rowsOf(page, `bisik.${userId}.pictures`, 'pictures');

/** The files that wait in this browser to be sent. */
export const waitingFiles = (page: Page, userId: string) => rowsOf(page, `bisik.${userId}.files`, 'blobs');

function rowsOf(page: Page, name: string, store: string): Promise<Row[]> {
  return page.evaluate(
    async ([name, from]) => {
      const databases = await indexedDB.databases();
      if (!databases.some((database) => database.name === name)) return [];
      const result = <T>(request: IDBRequest<T>) =>
        new Promise<T>((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error);
        });
      const opening = indexedDB.open(name);
      // The page may have deleted it meanwhile: this must not create it again.
      opening.onupgradeneeded = () => opening.transaction?.abort();
      const db = await result(opening).catch(() => undefined);
      if (!db) return [];
      try {
        return await result<Row[]>(db.transaction(from).objectStore(from).getAll());
      } finally {
        db.close();
      }
    },
    [name, store] as const,
  );
}

/** Waits until one store of a person's IndexedDB has `count` rows. */
export async function waitForStoredRows(
  page: Page,
  userId: string,
  store: Store,
  count: number,
): Promise<void> {
  await expect.poll(async () => (await storedRows(page, userId, store)).length).toBe(count);
}
