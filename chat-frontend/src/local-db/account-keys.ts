import type { Id } from '../../../chat-core/src/wire/wire.ts';
import { type KeyValueStore, keysOf } from '../key-value-store.ts';

/** Every key of one account begins with this; another account of the same browser never reads it. */
export const accountPrefix = (userId: Id) => `bisik.${userId}.`;
/** The database of the files that wait to be sent: apart, so that the main one keeps its version. */
export const filesDatabase = (userId: Id) => `${accountPrefix(userId)}files`;
/** The database of pictures that were shown. */
export const picturesDatabase = (userId: Id) => `${accountPrefix(userId)}pictures`;

/** The key under which a conversation has a recording that was not sent. */
export const recordingKey = (userId: Id, conversationId: Id) =>
  `${accountPrefix(userId)}voice.${conversationId}`;

/**
 * The key-value store for what one account stores. A wipe in any tab removes the mark that is set here, and without it
 * nothing more is stored: work that was in flight when a person logged out may fail after the wipe, and must not store
 * its text then.
 */
export function openAccountKeys(keyValueStore: KeyValueStore, userId: Id): KeyValueStore {
  const mark = `${accountPrefix(userId)}open`;
  keyValueStore.setItem(mark, '1');
  return {
    ...keyValueStore,
    setItem(key, value) {
      if (keyValueStore.getItem(mark)) keyValueStore.setItem(key, value);
    },
  };
}

/** Removes all keys of an account, for all tabs. */
export function wipeAccountKeys(keyValueStore: KeyValueStore, userId: Id): void {
  for (const key of keysOf(keyValueStore, accountPrefix(userId))) keyValueStore.removeItem(key);
}
