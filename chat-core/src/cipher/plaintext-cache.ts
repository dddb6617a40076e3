import { LRUCache } from 'lru-cache';
import type { Store } from '../storage/store.ts';
import type { Id } from '../wire/wire.ts';
import { isOfMessage, messageOfField } from './binding.ts';
import type { Cipher, Context, Sealed } from './cipher.ts';

/** Bytes of texts, ciphertexts and cache entries together. */
const MAX_BYTES = 8 * 1024 * 1024;
/** People who are online fetch a message within a minute; after that its text must not stay in memory. */
const TTL_MS = 2 * 60_000;
const SWEEP_MS = 30_000;
/** Ciphertexts, and deleted conversations, that must not be cached again, because a call for them may still be running. */
const MAX_FORGOTTEN = 1000;
/** Bytes of an entry besides its characters: cache slots, three ids, string headers; measured. */
const ENTRY_BYTES = 600;

type Entry = { v: number; kid: string; binding: Context; text: string };

/**
 * A cipher that caches, for two to two and a half minutes and in memory only, the plain texts that it sealed or opened, so
 * that a message that its recipients fetch soon needs no decrypt call. A text is found by its ciphertext, which no two
 * seals share, and only with the same binding: a row that was changed or moved goes to cipher-service, and what does not
 * open is never cached. Texts that other processes replaced or removed are dropped with the commits of `store`.
 */
export function cachePlaintexts(
  cipher: Cipher,
  store?: Pick<Store, 'onCommit'>,
  now: () => number = () => performance.now(),
): Cipher & { cachedBytes(): number } {
  const cache = new LRUCache<string, Entry>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ text }, content) => ENTRY_BYTES + content.length + 2 * text.length,
    ttl: TTL_MS,
    ttlResolution: 0,
    perf: { now },
  });
  const forgotten = new LRUCache<string, true>({
    max: MAX_FORGOTTEN,
    ttl: TTL_MS,
    ttlResolution: 0,
    perf: { now },
  });
  let sweep: NodeJS.Timeout | undefined;
  /** Counts what other processes did: what was being opened meanwhile is not cached. */
  let elsewhere = 0;
  store?.onCommit(({ replacedElsewhere, deletedElsewhere }) => {
    if (replacedElsewhere.length + deletedElsewhere.length === 0) return;
    elsewhere += 1;
    const ids = new Set(replacedElsewhere.map(({ id }) => id));
    const conversations = new Set(replacedElsewhere.map(({ conversationId }) => conversationId));
    for (const [content, { binding }] of cache) {
      const isFile = 'fileId' in binding && conversations.has(binding.conversationId);
      const isDeleted = deletedElsewhere.includes(conversationOf(binding) ?? '');
      if (isFile || isDeleted || ids.has(messageOf(binding) ?? '')) cache.delete(content);
    }
  });
  const add = ({ content, v, kid }: Sealed, binding: Context, text: string) => {
    // Profile texts have a cache of their own (people/public-profile.ts).
    if (!isOfMessage(binding)) return;
    // A call for it may have started before it was forgotten.
    if (forgotten.has(content) || forgotten.has(conversationOf(binding) ?? '')) return;
    cache.set(content, { v, kid, binding, text });
    sweep ??= setInterval(() => {
      cache.purgeStale();
      if (cache.size > 0) return;
      clearInterval(sweep);
      sweep = undefined;
    }, SWEEP_MS).unref();
  };
  const find = ({ content, v, kid }: Sealed, binding: Context): string | undefined => {
    if (!isOfMessage(binding)) return undefined;
    const found = cache.get(content);
    const same = found?.v === v && found.kid === kid && isSame(found.binding, binding);
    return same ? found.text : undefined;
  };
  return {
    ...cipher,
    cachedBytes: () => cache.calculatedSize,
    seal: async (text, binding) => {
      const sealed = await cipher.seal(text, binding);
      add(sealed, binding, text);
      return sealed;
    },
    forget: (contents, conversationId) => {
      for (const content of contents) {
        cache.delete(content);
        forgotten.set(content, true);
      }
      if (conversationId === undefined) return;
      for (const [content, { binding }] of cache)
        if (conversationOf(binding) === conversationId) cache.delete(content);
      forgotten.set(conversationId, true);
    },
    openMany: async (rows, requester) => {
      const texts = rows.map(({ sealed, binding }) => find(sealed, binding));
      const unknown = rows.flatMap((row, index) => (texts[index] === undefined ? [{ ...row, index }] : []));
      if (unknown.length === 0) return texts;
      const began = elsewhere;
      const opened = await cipher.openMany(
        unknown.map(({ sealed, binding }) => ({ sealed, binding })),
        requester,
      );
      for (const [n, { index, sealed, binding }] of unknown.entries()) {
        const text = opened[n];
        texts[index] = text;
        if (text !== undefined && began === elsewhere) add(sealed, binding, text);
      }
      return texts;
    },
    close: () => {
      clearInterval(sweep);
      cache.clear();
      forgotten.clear();
      cipher.close();
    },
  };
}

function conversationOf(binding: Context): Id | undefined {
  return 'conversationId' in binding ? binding.conversationId : undefined;
}

/** The message that a text belongs to; undefined for that of a file. */
function messageOf(binding: Context): Id | undefined {
  if ('messageId' in binding) return binding.messageId;
  return 'field' in binding ? messageOfField(binding.field) : undefined;
}

function isSame(a: Context, b: Context): boolean {
  if ('userId' in a || 'userId' in b) {
    if (!('userId' in a && 'userId' in b)) return false;
    return a.userId === b.userId && a.field === b.field && a.edit === b.edit;
  }
  if ('fileId' in a || 'fileId' in b) {
    if (!('fileId' in a && 'fileId' in b)) return false;
    return a.fileId === b.fileId && a.conversationId === b.conversationId && a.senderId === b.senderId;
  }
  return (
    a.messageId === b.messageId &&
    a.conversationId === b.conversationId &&
    a.senderId === b.senderId &&
    a.timestamp === b.timestamp &&
    a.edit === b.edit
  );
}
