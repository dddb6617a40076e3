import { LRUCache } from 'lru-cache';
import type { Binding, Cipher, Context, Sealed } from './cipher.ts';

/** Every byte of texts, ciphertexts and their keeping, together. */
const MAX_BYTES = 8 * 1024 * 1024;
/** Whoever is there fetches a message within a minute; after that its text has no business in memory. */
const KEPT_MS = 2 * 60_000;
const SWEEP_MS = 30_000;
/** Ciphertexts that are not to be remembered again, for as long as one that was on its way could be. */
const MAX_FORGOTTEN = 1000;
/** What an entry takes besides its characters: places in the cache, three ids, string headers; measured. */
const ENTRY_BYTES = 600;

type Known = { v: number; kid: string; binding: Binding; text: string };

/**
 * A cipher that remembers, for two to two and a half minutes and in RAM only, the text of what it has sealed or
 * opened, so that a message its recipients fetch soon needs no decrypt call. A text is found by its ciphertext, which
 * no two seals share, and only with all it is tied to: a row that was changed or moved is asked of cipher-service,
 * and what does not open is never remembered.
 */
export function cachePlaintexts(
  cipher: Cipher,
  now: () => number = () => performance.now(),
): Cipher & { cachedBytes(): number } {
  const known = new LRUCache<string, Known>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ text }, content) => ENTRY_BYTES + content.length + 2 * text.length,
    ttl: KEPT_MS,
    ttlResolution: 0,
    perf: { now },
  });
  const forgotten = new LRUCache<string, true>({
    max: MAX_FORGOTTEN,
    ttl: KEPT_MS,
    ttlResolution: 0,
    perf: { now },
  });
  let sweep: NodeJS.Timeout | undefined;
  const remember = ({ content, v, kid }: Sealed, binding: Context, text: string) => {
    // What people say about themselves is kept where it is used (people/texts.ts).
    if ('userId' in binding) return;
    // Somebody may have asked for it just before it was to be forgotten.
    if (forgotten.has(content)) return;
    known.set(content, { v, kid, binding, text });
    sweep ??= setInterval(() => {
      known.purgeStale();
      if (known.size > 0) return;
      clearInterval(sweep);
      sweep = undefined;
    }, SWEEP_MS).unref();
  };
  const recall = ({ content, v, kid }: Sealed, binding: Context): string | undefined => {
    if ('userId' in binding) return undefined;
    const found = known.get(content);
    const same = found?.v === v && found.kid === kid && isSame(found.binding, binding);
    return same ? found.text : undefined;
  };
  return {
    ...cipher,
    cachedBytes: () => known.calculatedSize,
    seal: async (text, binding) => {
      const sealed = await cipher.seal(text, binding);
      remember(sealed, binding, text);
      return sealed;
    },
    forget: (contents) => {
      for (const content of contents) {
        known.delete(content);
        forgotten.set(content, true);
      }
    },
    openMany: async (rows) => {
      const texts = rows.map(({ sealed, binding }) => recall(sealed, binding));
      const unknown = rows.flatMap((row, at) => (texts[at] === undefined ? [{ ...row, at }] : []));
      if (unknown.length === 0) return texts;
      const opened = await cipher.openMany(unknown.map(({ sealed, binding }) => ({ sealed, binding })));
      for (const [n, { at, sealed, binding }] of unknown.entries()) {
        const text = opened[n];
        texts[at] = text;
        if (text !== undefined) remember(sealed, binding, text);
      }
      return texts;
    },
    close: () => {
      clearInterval(sweep);
      known.clear();
      forgotten.clear();
      cipher.close();
    },
  };
}

function isSame(a: Binding, b: Binding): boolean {
  return (
    a.messageId === b.messageId &&
    a.conversationId === b.conversationId &&
    a.senderId === b.senderId &&
    a.timestamp === b.timestamp &&
    a.edit === b.edit
  );
}
