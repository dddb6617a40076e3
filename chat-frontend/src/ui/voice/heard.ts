import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import { type KeyValueStore, readJson } from '../../key-value-store.ts';

/** The voice messages that this browser remembers one by one. */
const MAX_IDS = 300;
const DAY_MS = 24 * 60 * 60 * 1_000;
/** Messages sent before `before` count as heard, and those in `ids`, oldest first. */
type Heard = { before: number; ids: { id: Id; at: number }[] };
export type VoiceAt = { id: Id; at: number };

/**
 * The voice messages that were played in this browser. A browser that is new to an account takes everything older than a
 * day as heard; what it no longer remembers is older than what it does, and counts as heard too.
 */
export function openHeard(store: KeyValueStore, key: string, now: number) {
  function read(): Heard {
    const { before, ids } = (readJson(store, key) ?? {}) as Partial<Heard>;
    if (typeof before === 'number' && Array.isArray(ids)) return { before, ids };
    return { before: now - DAY_MS, ids: [] };
  }

  return {
    has({ id, at }: VoiceAt): boolean {
      const { before, ids } = read();
      return at < before || ids.some((one) => one.id === id);
    },
    add(voice: VoiceAt): void {
      const { before, ids } = read();
      if (voice.at < before || ids.some((one) => one.id === voice.id)) return;
      const all = [...ids, voice].sort((a, b) => a.at - b.at);
      const dropped = all.splice(0, all.length - MAX_IDS);
      const last = dropped.at(-1);
      store.setItem(key, JSON.stringify({ before: last ? last.at + 1 : before, ids: all }));
    },
  };
}
