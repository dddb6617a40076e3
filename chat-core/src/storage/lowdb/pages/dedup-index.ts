import type { Id } from '../../../wire/wire.ts';
import { DEDUP_WINDOW, type StoredMessage } from '../../store.ts';

/** Maximum number of conversations in the index, of 2 KiB each. */
const MAX_CONVERSATIONS = 2000;

/**
 * An index of the newest message ids of each conversation: a ring buffer of 32-bit hashes. A hit names a seq, whose
 * message is then compared. A lookup without a hit reads no page, however long the history is.
 */
export class DedupIndex {
  /** Least recently used first. */
  private readonly rings = new Map<Id, Int32Array>();

  has(conversationId: Id): boolean {
    return this.rings.has(conversationId);
  }

  /** Adds a conversation with its newest messages. */
  fill(conversationId: Id, newest: StoredMessage[]): void {
    this.rings.set(conversationId, new Int32Array(DEDUP_WINDOW));
    for (const message of newest) this.add(message);
    for (const oldest of this.rings.keys()) {
      if (this.rings.size <= MAX_CONVERSATIONS) break;
      this.rings.delete(oldest);
    }
  }

  /** Adds a message if its conversation is in the index. */
  add({ conversationId, seq, id }: StoredMessage): void {
    const ring = this.rings.get(conversationId);
    if (ring) ring[seq % DEDUP_WINDOW] = hashOf(id);
  }

  /** The seqs that a message with this id may have, newest first. `lastSeq` is the last seq of the conversation. */
  seqsOf(conversationId: Id, messageId: Id, lastSeq: number): number[] {
    const ring = this.rings.get(conversationId);
    if (!ring) return [];
    this.rings.delete(conversationId);
    this.rings.set(conversationId, ring);
    const hash = hashOf(messageId);
    const seqs: number[] = [];
    for (let index = ring.indexOf(hash); index >= 0; index = ring.indexOf(hash, index + 1)) {
      const behind = (((lastSeq - index) % DEDUP_WINDOW) + DEDUP_WINDOW) % DEDUP_WINDOW;
      if (behind < lastSeq) seqs.push(lastSeq - behind);
    }
    return seqs.sort((a, b) => b - a);
  }
}

/** FNV-1a. */
function hashOf(id: Id): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < id.length; index++) hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193);
  return hash;
}
