import type { StoredMessage } from '../storage/store.ts';
import type { Id } from '../wire/wire.ts';
import { foldText } from './fold-text.ts';
import { hasTerm } from './match.ts';

/** After each text: no term has it. */
const SEPARATOR = '\0';
const ONE_BYTE = /^[\0-\xff]*$/;
/** Bytes of a block, and of one of its rows, besides the characters. */
const [BLOCK_BYTES, ROW_BYTES] = [600, 24];

/** What a search knows of a message. */
export type FoundRow = Pick<StoredMessage, 'conversationId' | 'seq' | 'rev' | 'timestamp'>;

/**
 * The folded texts of consecutive messages of one conversation, as one string: whether a term occurs in none of them is known
 * after one pass.
 */
export class TextBlock {
  readonly conversationId: Id;
  readonly firstSeq: number;
  readonly length: number;
  readonly bytes: number;
  private readonly text: string;
  /** Where the texts of each message end. */
  private readonly ends: Uint32Array;
  private readonly revs: Float64Array;
  private readonly timestamps: Float64Array;
  private readonly prints: Uint32Array;

  /** Of at least one message, with the texts of each; of a message that was not opened there are none. */
  constructor(rows: readonly StoredMessage[], textsOf: (row: StoredMessage) => readonly string[]) {
    const [first] = rows;
    if (!first) throw new Error('a block has rows');
    this.conversationId = first.conversationId;
    this.firstSeq = first.seq;
    this.length = rows.length;
    const folded: string[] = [];
    let end = 0;
    this.ends = Uint32Array.from(rows, (row) => {
      for (const text of textsOf(row)) {
        const one = foldText(text) + SEPARATOR;
        folded.push(one);
        end += one.length;
      }
      return end;
    });
    this.text = folded.join('');
    this.revs = Float64Array.from(rows, ({ rev }) => rev);
    this.timestamps = Float64Array.from(rows, ({ timestamp }) => timestamp);
    this.prints = Uint32Array.from(rows, ({ content }) => printOf(content));
    this.bytes = BLOCK_BYTES + ROW_BYTES * rows.length + (ONE_BYTE.test(this.text) ? 1 : 2) * end;
  }

  /** The message at an index from 0 on. */
  row(index: number): FoundRow {
    const { conversationId, firstSeq } = this;
    const [rev = 0, timestamp = 0] = [this.revs[index], this.timestamps[index]];
    return { conversationId, seq: firstSeq + index, rev, timestamp };
  }

  /** The indexes of the messages that have all of these terms, at least one, ascending. */
  matches(terms: readonly string[]): number[] {
    const [longest] = terms;
    if (longest === undefined || !terms.every((term) => this.text.includes(term))) return [];
    const found: number[] = [];
    for (let at = this.text.indexOf(longest); at >= 0; ) {
      const index = this.indexAt(at);
      const end = this.ends[index] ?? 0;
      const text = this.text.slice(this.ends[index - 1] ?? 0, end);
      if (terms.every((term) => hasTerm(text, term))) found.push(index);
      at = this.text.indexOf(longest, end);
    }
    return found;
  }

  /** Whether this message is one of its messages. */
  covers({ conversationId, seq }: Pick<StoredMessage, 'conversationId' | 'seq'>): boolean {
    const index = seq - this.firstSeq;
    return conversationId === this.conversationId && index >= 0 && index < this.length;
  }

  /** Whether one of its messages may have one of these ciphertexts, as numbers of `printOf`. */
  mayHave(prints: readonly number[]): boolean {
    return prints.some((print) => this.prints.includes(print));
  }

  /** The first message whose texts end after this character. */
  private indexAt(character: number): number {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.ends[middle] ?? 0) <= character) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** A number for a ciphertext, from its random nonce. */
export function printOf(content: string): number {
  let print = 0;
  for (let index = 0; index < 8; index++) print = (Math.imul(print, 31) + content.charCodeAt(index)) >>> 0;
  return print;
}
