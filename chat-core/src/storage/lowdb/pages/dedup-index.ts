import type { Id } from '../../../wire/wire.ts';
import { DEDUP_WINDOW, type StoredMessage } from '../../store.ts';

/** Conversations whose newest ids are remembered: 2 KiB each. */
const MAX_CONVERSATIONS = 2000;

/**
 * Where the newest ids of a conversation stand, as 32 bits of each in a ring: a hit says which seq to look at, and is
 * then compared with the message itself. A look-up costs no page, whatever the length of the history.
 */
export class DedupIndex {
  /** In the order of use, the longest unused first. */
  private readonly rings = new Map<Id, Int32Array>();

  has(conversationId: Id): boolean {
    return this.rings.has(conversationId);
  }

  /** Begins to remember a conversation by its newest messages. */
  fill(conversationId: Id, newest: StoredMessage[]): void {
    this.rings.set(conversationId, new Int32Array(DEDUP_WINDOW));
    for (const message of newest) this.add(message);
    for (const oldest of this.rings.keys()) {
      if (this.rings.size <= MAX_CONVERSATIONS) break;
      this.rings.delete(oldest);
    }
  }

  /** Remembers a message, where its conversation is remembered. */
  add({ conversationId, seq, id }: StoredMessage): void {
    const ring = this.rings.get(conversationId);
    if (ring) ring[seq % DEDUP_WINDOW] = bitsOf(id);
  }

  /** Seqs, the newest first, where a message of this id may stand; `lastSeq` is the conversation's newest. */
  seqsOf(conversationId: Id, messageId: Id, lastSeq: number): number[] {
    const ring = this.rings.get(conversationId);
    if (!ring) return [];
    this.rings.delete(conversationId);
    this.rings.set(conversationId, ring);
    const bits = bitsOf(messageId);
    const seqs: number[] = [];
    for (let at = ring.indexOf(bits); at >= 0; at = ring.indexOf(bits, at + 1)) {
      const behind = (((lastSeq - at) % DEDUP_WINDOW) + DEDUP_WINDOW) % DEDUP_WINDOW;
      if (behind < lastSeq) seqs.push(lastSeq - behind);
    }
    return seqs.sort((a, b) => b - a);
  }
}

function bitsOf(id: Id): number {
  let bits = 0x811c9dc5;
  for (let at = 0; at < id.length; at++) bits = Math.imul(bits ^ id.charCodeAt(at), 0x01000193);
  return bits;
}
