import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fakeCipher } from '../../test/support/fake-cipher.ts';
import { describeCommit } from '../storage/describe-commit.ts';
import type { Commit, StoredMessage } from '../storage/store.ts';
import { matchesAll, readTerms } from './match.ts';
import { RecentTexts } from './recent-texts.ts';
import { TextBlock } from './text-block.ts';

const RUNS = { numRuns: Number(process.env.FUZZ_RUNS ?? 300), seed: Number(process.env.FUZZ_SEED ?? 17) };
const [ani, conversationId] = [randomUUID(), randomUUID()];

const rowsOf = (length: number, firstSeq = 1): StoredMessage[] =>
  Array.from({ length }, (_, n) => ({
    ...{ id: randomUUID(), conversationId, senderId: ani, seq: firstSeq + n, rev: 10 + firstSeq + n },
    ...{ timestamp: 1000 + n, v: 1, kid: 'k', content: randomUUID().replaceAll('-', '') },
  }));
const blockOf = (rows: StoredMessage[], text = 'kopi tubruk') => new TextBlock(rows, () => [text]);

function open(maxBytes?: number) {
  const time = { now: 1000 };
  const texts = new RecentTexts(() => time.now, maxBytes);
  const add = (block: TextBlock, fromSeq = 1) => texts.beginReading()(ani, fromSeq, block);
  const find = (firstSeq: number, lastSeq: number, fromSeq = 1, userId = ani) =>
    texts.find(userId, conversationId, { firstSeq, lastSeq, fromSeq });
  return { time, texts, add, find };
}

describe('a block of texts', () => {
  it('has the matches that each message has alone, whatever its texts are', () => {
    const text = fc
      .array(
        fc.constantFrom('kopi', 'KOPIAH', 'é', 'e\u0301', 'ß', '\0', ' ', '-', '😀', '京都', 'x', 'σς'),
        {
          maxLength: 6,
        },
      )
      .map((parts) => parts.join(''));
    const query = fc.constantFrom('kopi', 'kop x', 'é', 'ss', '😀', '都', 'σσ', 'x kopi');
    fc.assert(
      fc.property(
        fc.array(fc.array(text, { maxLength: 3 }), { minLength: 1, maxLength: 12 }),
        query,
        (texts, q) => {
          const rows = rowsOf(texts.length, 5);
          const block = new TextBlock(rows, ({ seq }) => texts[seq - 5] ?? []);
          const terms = readTerms(q);
          const found = block.matches(terms).map((index) => block.row(index).seq);
          expect(found).toEqual(
            rows.map(({ seq }) => seq).filter((seq) => matchesAll(terms, texts[seq - 5] ?? [])),
          );
        },
      ),
      RUNS,
    );
  });

  it('knows of each message where it is in the order of all', () => {
    const rows = rowsOf(3, 129);
    const block = blockOf(rows);
    for (const [index, { seq, rev, timestamp }] of rows.entries())
      expect(block.row(index)).toEqual({ conversationId, seq, rev, timestamp });
  });
});

describe('the texts of recent searches', () => {
  it('are found by the same person for as far as they reach, while the same messages are readable', () => {
    const { add, find } = open();
    const block = blockOf(rowsOf(100));
    add(block);
    expect(find(1, 100)).toBe(block);
    expect(find(1, 60)).toBe(block);
    expect(find(1, 101)).toBeUndefined();
    expect(find(129, 200)).toBeUndefined();
    expect(find(1, 100, 2)).toBeUndefined();
    expect(find(1, 100, 1, randomUUID())).toBeUndefined();
  });

  it('are dropped with the ciphertext of any of their messages, and with no other', () => {
    const { texts, add, find } = open();
    const [older, newer] = [rowsOf(128), rowsOf(128, 129)];
    for (const rows of [older, newer]) add(blockOf(rows));
    const cipher = texts.forgetWith(fakeCipher());
    cipher.forget([randomUUID()]);
    expect([find(1, 128), find(129, 256)]).not.toContain(undefined);
    cipher.forget([older[77]?.content ?? '']);
    expect(find(1, 128)).toBeUndefined();
    expect(find(129, 256)).toBeDefined();
    cipher.forget(Array.from({ length: 500 }, () => randomUUID()));
    expect(texts.size()).toBe(0);
  });

  it('of rows that were read before a text was forgotten are not kept', () => {
    const { texts, find } = open();
    const rows = rowsOf(10);
    const keep = texts.beginReading();
    texts.forget([rows[3]?.content ?? '']);
    keep(ani, 1, blockOf(rows));
    expect(find(1, 10)).toBeUndefined();
    expect(texts.size()).toBe(0);
  });

  it('are gone two minutes after the last search that used them', () => {
    const { time, texts, add, find } = open();
    add(blockOf(rowsOf(10)));
    time.now += 119_000;
    expect(find(1, 10)).toBeDefined();
    time.now += 119_000;
    expect(find(1, 10)).toBeDefined();
    time.now += 120_000;
    expect(find(1, 10)).toBeUndefined();
    texts.close();
    expect(texts.size()).toBe(0);
  });

  it('are gone after ten minutes, however often they are used', () => {
    const { time, add, find } = open();
    add(blockOf(rowsOf(10)));
    for (let minute = 1; minute < 10; minute++) {
      time.now += 60_000;
      expect(find(1, 10)).toBeDefined();
    }
    time.now += 60_000;
    expect(find(1, 10)).toBeUndefined();
  });

  it('never take more than their room, and those in use are not dropped for others', () => {
    const [one] = [blockOf(rowsOf(128))];
    const { time, texts, add, find } = open(one.bytes * 2.5);
    for (const firstSeq of [1, 129, 257]) add(blockOf(rowsOf(128, firstSeq)));
    expect([find(1, 128), find(129, 256), find(257, 384)].map((found) => found !== undefined)).toEqual([
      true,
      true,
      false,
    ]);
    expect(texts.size()).toBeLessThanOrEqual(one.bytes * 2.5);
    time.now += 25_000;
    expect(find(129, 256)).toBeDefined();
    add(blockOf(rowsOf(128, 257)));
    expect([find(1, 128), find(129, 256), find(257, 384)].map((found) => found !== undefined)).toEqual([
      false,
      true,
      true,
    ]);
  });

  it('what another process has replaced or deleted is dropped, and not kept again by a reading that began before', () => {
    const { texts, add, find } = open();
    const [first, second] = [rowsOf(128), rowsOf(128, 129)];
    const elsewhere = (replaced: StoredMessage[], deleted: string[] = []): Commit => ({
      ...describeCommit([], { conversation: () => undefined }),
      replacedElsewhere: replaced,
      deletedElsewhere: deleted,
    });
    add(blockOf(first));
    add(blockOf(second));
    const keep = texts.beginReading();
    texts.forgetElsewhere(elsewhere(second.slice(0, 1)));
    expect([find(1, 128) !== undefined, find(129, 256)]).toEqual([true, undefined]);
    keep(ani, 1, blockOf(second));
    expect(find(129, 256)).toBeUndefined();
    texts.forgetElsewhere(elsewhere([{ ...(first[0] as StoredMessage), conversationId: randomUUID() }]));
    expect(find(1, 128)).toBeDefined();
    texts.forgetElsewhere(elsewhere([], [conversationId]));
    expect([find(1, 128), texts.size()]).toEqual([undefined, 0]);
  });
});
