import type { Id } from '../../../../../chat-core/src/wire/wire.ts';

type Entry = { blob: Blob; url: string; holders: number };

/**
 * Object URLs of blobs by file. A URL stays valid while anybody holds it; of the others the least recently used are
 * revoked beyond `maxBytes`.
 */
export function createUrlCache(maxBytes: number) {
  const entries = new Map<Id, Entry>();
  const idle = () => [...entries].filter(([, { holders }]) => holders === 0);

  function drop(id: Id, { url }: Entry): void {
    URL.revokeObjectURL(url);
    entries.delete(id);
  }

  function trim(): void {
    let bytes = [...entries.values()].reduce((sum, { blob }) => sum + blob.size, 0);
    for (const [id, entry] of idle()) {
      if (bytes <= maxBytes) return;
      bytes -= entry.blob.size;
      drop(id, entry);
    }
  }

  return {
    blob: (id: Id) => entries.get(id)?.blob,
    add(id: Id, blob: Blob): void {
      if (!entries.has(id)) entries.set(id, { blob, url: URL.createObjectURL(blob), holders: 0 });
    },
    /** The URL of a file that is here, until `release`. */
    hold(id: Id): string | undefined {
      const entry = entries.get(id);
      if (!entry) return undefined;
      entry.holders += 1;
      // The last of the map is the most recently used.
      entries.delete(id);
      entries.set(id, entry);
      trim();
      return entry.url;
    },
    release(id: Id): void {
      const entry = entries.get(id);
      if (entry) entry.holders -= 1;
      trim();
    },
    /** Of another account nothing stays. */
    clear(): void {
      for (const [id, entry] of [...entries]) drop(id, entry);
    },
  };
}
