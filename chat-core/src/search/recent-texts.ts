import type { Cipher } from '../cipher/cipher.ts';
import type { Commit } from '../storage/store.ts';
import type { Id } from '../wire/wire.ts';
import { printOf, type TextBlock } from './text-block.ts';

/** Of all texts: those of 60,000 messages of sixty characters. */
const MAX_BYTES = 5 * 2 ** 20;
/** Who types a word, or turns the page, searches again within seconds; after this the texts are gone. */
const TTL_MS = 2 * 60_000;
/** However often they are used: what was resealed meanwhile is not known by its new ciphertext. */
const MAX_AGE_MS = 10 * 60_000;
const SWEEP_MS = 30_000;
/** Texts that were used within this time are not dropped for others. */
const IN_USE_MS = 20_000;
/** More ciphertexts than this are not looked for one by one. */
const MAX_SOUGHT = 32;

type Kept = { block: TextBlock; fromSeq: number; readAt: number; usedAt: number };

/**
 * The texts that searches opened a moment ago, folded, in memory only, per person: of a word that is typed, each letter is a search of
 * the same messages. Blocks are never dropped for older ones of the same search, which would leave nothing to find again. Whether
 * the person may read a message now is not decided here.
 */
export class RecentTexts {
  private readonly now: () => number;
  private readonly maxBytes: number;
  /** Least recently used first. */
  private readonly kept = new Map<string, Kept>();
  private bytes = 0;
  private forgettings = 0;
  private sweep: NodeJS.Timeout | undefined;

  constructor(now: () => number = () => performance.now(), maxBytes: number = MAX_BYTES) {
    this.now = now;
    this.maxBytes = maxBytes;
  }

  /**
   * The block that begins at `firstSeq` and reaches `lastSeq`. `fromSeq` is the oldest seq that the person may read: after it
   * has changed, others have been opened.
   */
  find(userId: Id, conversationId: Id, range: { firstSeq: number; lastSeq: number; fromSeq: number }) {
    const key = keyOf(userId, conversationId, range.firstSeq);
    const found = this.kept.get(key);
    if (!found || found.fromSeq !== range.fromSeq) return undefined;
    if (this.isOld(found) || range.firstSeq + found.block.length <= range.lastSeq) return undefined;
    found.usedAt = this.now();
    this.kept.delete(key);
    this.kept.set(key, found);
    return found.block;
  }

  /**
   * Called before rows are read. @returns keeps the block of these rows, unless there is no room, or a text was forgotten
   * since, which may be one of them
   */
  beginReading(): (userId: Id, fromSeq: number, block: TextBlock) => void {
    const { forgettings } = this;
    return (userId, fromSeq, block) => {
      if (forgettings !== this.forgettings) return;
      const key = keyOf(userId, block.conversationId, block.firstSeq);
      this.drop(key);
      if (!this.hasRoomFor(block)) return;
      this.bytes += block.bytes;
      const now = this.now();
      this.kept.set(key, { block, fromSeq, readAt: now, usedAt: now });
      this.sweep ??= setInterval(() => this.dropOld(), SWEEP_MS).unref();
    };
  }

  /** The same cipher; what it forgets is forgotten here too. */
  forgetWith(cipher: Cipher): Cipher {
    return {
      ...cipher,
      forget: (contents, conversationId) => {
        cipher.forget(contents, conversationId);
        this.forget(contents, conversationId);
      },
    };
  }

  /** Drops the blocks with the texts of these ciphertexts: the messages were edited or deleted. With a deleted conversation, all. */
  forget(contents: readonly string[], conversationId?: Id): void {
    this.forgettings += 1;
    const prints =
      contents.length > MAX_SOUGHT || conversationId !== undefined ? undefined : contents.map(printOf);
    for (const [key, { block }] of this.kept) if (!prints || block.mayHave(prints)) this.drop(key);
  }

  /** Drops the blocks with messages that other processes have changed, and those of groups that they have deleted. */
  forgetElsewhere({ replacedElsewhere, deletedElsewhere }: Commit): void {
    if (replacedElsewhere.length + deletedElsewhere.length === 0) return;
    this.forgettings += 1;
    for (const [key, { block }] of this.kept)
      if (
        deletedElsewhere.includes(block.conversationId) ||
        replacedElsewhere.some((row) => block.covers(row))
      )
        this.drop(key);
  }

  /** Bytes of the texts in memory. */
  size(): number {
    return this.bytes;
  }

  close(): void {
    for (const key of this.kept.keys()) this.drop(key);
    this.dropOld();
  }

  private hasRoomFor({ bytes }: TextBlock): boolean {
    for (const [key, { usedAt }] of this.kept) {
      if (this.bytes + bytes <= this.maxBytes || this.now() - usedAt < IN_USE_MS) break;
      this.drop(key);
    }
    return this.bytes + bytes <= this.maxBytes;
  }

  private dropOld(): void {
    for (const [key, one] of this.kept) if (this.isOld(one)) this.drop(key);
    if (this.kept.size > 0) return;
    clearInterval(this.sweep);
    this.sweep = undefined;
  }

  private isOld({ readAt, usedAt }: Kept): boolean {
    return this.now() - usedAt >= TTL_MS || this.now() - readAt >= MAX_AGE_MS;
  }

  private drop(key: string): void {
    this.bytes -= this.kept.get(key)?.block.bytes ?? 0;
    this.kept.delete(key);
  }
}

function keyOf(userId: Id, conversationId: Id, firstSeq: number): string {
  return `${userId} ${conversationId} ${firstSeq}`;
}
