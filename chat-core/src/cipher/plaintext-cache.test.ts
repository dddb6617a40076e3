import { randomBytes, randomUUID } from 'node:crypto';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fakeCipher } from '../../test/support/fake-cipher.ts';
import { fakeFileCipher } from '../../test/support/fake-file-cipher.ts';
import { describeCommit } from '../storage/describe-commit.ts';
import type { Commit } from '../storage/store.ts';
import { fileBinding, reactionsBinding, votesBinding } from './binding.ts';
import type { Binding, Cipher, Sealed } from './cipher.ts';
import { cachePlaintexts } from './plaintext-cache.ts';

const MAX_BYTES = 8 * 1024 * 1024;

const newBinding = (): Binding => ({
  messageId: randomUUID(),
  conversationId: randomUUID(),
  senderId: randomUUID(),
  timestamp: 1_767_571_200_000,
  edit: 0,
});

function open() {
  const time = { now: 1000 };
  const inner = fakeCipher();
  return { time, inner, cipher: cachePlaintexts(inner, undefined, () => time.now) };
}

describe('the plaintext cache', () => {
  it('texts that were sealed or opened before need no call, and the others share one', async () => {
    const { inner, cipher } = open();
    const rows = await Promise.all(
      ['satu', 'dua', 'tiga'].map(async (text, n) => {
        const binding = newBinding();
        return { sealed: await (n === 0 ? cipher : inner).seal(text, binding), binding };
      }),
    );
    expect(await cipher.openMany(rows.slice(0, 1))).toEqual(['satu']);
    expect(inner.calls.open).toBe(0);
    expect(await cipher.openMany(rows)).toEqual(['satu', 'dua', 'tiga']);
    expect(await cipher.openMany(rows.toReversed())).toEqual(['tiga', 'dua', 'satu']);
    expect(inner.calls.open).toBe(1);
  });

  it('only cached texts open while cipher-service is unavailable', async () => {
    const { inner, cipher } = open();
    const binding = newBinding();
    const known = { sealed: await cipher.seal('satu', binding), binding };
    const unknown = { sealed: await inner.seal('dua', binding), binding };
    inner.failure = new Error('away');
    expect(await cipher.openMany([known])).toEqual(['satu']);
    await expect(cipher.openMany([known, unknown])).rejects.toThrow('away');
    await expect(cipher.seal('tiga', binding)).rejects.toThrow('away');
  });

  it.each([
    ['messageId', randomUUID()],
    ['conversationId', randomUUID()],
    ['senderId', randomUUID()],
    ['timestamp', 1],
    ['edit', 1],
  ])('a row with another %s is not found in the cache', async (field, value) => {
    const { inner, cipher } = open();
    const binding = newBinding();
    const sealed = await cipher.seal('satu', binding);
    const moved = { sealed, binding: { ...binding, [field]: value } };
    expect(await cipher.openMany([moved])).toEqual([undefined]);
    expect(inner.calls.open).toBe(1);
  });

  it('another ciphertext or key is not found, and what did not open is never cached', async () => {
    const { inner, cipher } = open();
    const [binding, other] = [newBinding(), newBinding()];
    const sealed = await cipher.seal('satu', binding);
    const foreign = { sealed: await inner.seal('satu', other), binding };
    for (let n = 1; n <= 2; n++) {
      expect(await cipher.openMany([foreign])).toEqual([undefined]);
      expect(inner.calls.open).toBe(n);
    }
    await cipher.openMany([{ sealed: { ...sealed, kid: 'another' }, binding }]);
    expect(inner.calls.open).toBe(3);
  });

  it('a text leaves the cache after two minutes, however often it is read', async () => {
    const { time, inner, cipher } = open();
    const binding = newBinding();
    const row = { sealed: await cipher.seal('satu', binding), binding };
    for (; time.now <= 121_000; time.now += 10_000) await cipher.openMany([row]);
    expect(inner.calls.open).toBe(0);
    time.now = 121_001;
    await cipher.openMany([row]);
    expect(inner.calls.open).toBe(1);
    cipher.close();
    expect(cipher.cachedBytes()).toBe(0);
  });

  it('a forgotten text is not cached again by a call that was running', async () => {
    const { inner, cipher } = open();
    const binding = newBinding();
    const row = { sealed: await cipher.seal('satu', binding), binding };
    cipher.forget([row.sealed.content]);
    expect(cipher.cachedBytes()).toBe(0);
    const opening = cipher.openMany([row]);
    cipher.forget([row.sealed.content]);
    expect(await opening).toEqual(['satu']);
    expect([inner.calls.open, cipher.cachedBytes()]).toEqual([1, 0]);
    cipher.close();
  });

  it('the cache never holds more than 8 MB, and of that the newest', async () => {
    const texts = fc.record({
      length: fc.integer({ min: 1, max: 4000 }),
      unit: fc.constantFrom('x', 'ж', '🌶'),
      count: fc.integer({ min: 1, max: 1500 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(texts, { minLength: 1, maxLength: 6 }), async (runs) => {
        const cipher = cachePlaintexts(sealWithoutOpening());
        let last: { sealed: Sealed; binding: Binding } | undefined;
        for (const { length, unit, count } of runs) {
          for (let n = 0; n < count; n++) {
            const binding = newBinding();
            last = { sealed: await cipher.seal(unit.repeat(length), binding), binding };
          }
          expect(cipher.cachedBytes()).toBeLessThanOrEqual(MAX_BYTES);
        }
        expect(last && (await cipher.openMany([last]))).not.toEqual([undefined]);
        cipher.close();
      }),
      { numRuns: 8 },
    );
  });

  it('the cache counts at least the memory that the heap uses', async () => {
    const cipher = cachePlaintexts(sealWithoutOpening());
    const before = heapUsed();
    for (let n = 0; n < 12_000; n++) {
      // As received over the wire: flat strings, not concatenated ones.
      const { text, binding } = JSON.parse(
        JSON.stringify({ text: `${n} ж`.repeat(10), binding: newBinding() }),
      );
      await cipher.seal(text, binding);
    }
    expect(cipher.cachedBytes()).toBeGreaterThan(MAX_BYTES * 0.9);
    expect(heapUsed() - before).toBeLessThan(cipher.cachedBytes() * 1.2);
  });

  it('what another process has replaced or deleted is opened again, and not cached by a call that began before', async () => {
    const inner = fakeCipher();
    let announce = (_: Commit) => {};
    const cipher = cachePlaintexts(inner, {
      onCommit: (listener) => {
        announce = listener;
        return () => {};
      },
    });
    const elsewhere = (more: Partial<Commit>) =>
      announce({ ...describeCommit([], { conversation: () => undefined }), ...more });
    const [bound, other] = [newBinding(), newBinding()];
    const { messageId: id, conversationId, senderId } = bound;
    const bindings = [
      bound,
      reactionsBinding({ id, conversationId }, 1),
      votesBinding({ id, conversationId }, 1),
      fileBinding({ id: randomUUID(), conversationId, senderId }),
      other,
    ];
    const seal = () =>
      Promise.all(bindings.map(async (binding) => ({ sealed: await cipher.seal('kopi', binding), binding })));
    let rows = await seal();
    const callsFor = async (some: typeof rows) => {
      const before = inner.calls.open;
      for (const row of some) await cipher.openMany([row]);
      return inner.calls.open - before;
    };
    expect(await callsFor(rows)).toBe(0);
    elsewhere({ replacedElsewhere: [{ id, conversationId, seq: 1 }] });
    expect(await callsFor(rows.slice(4))).toBe(0);
    expect(await callsFor(rows)).toBe(4);
    const running = cipher.openMany([{ sealed: await inner.seal('teh', bound), binding: bound }]);
    elsewhere({ replacedElsewhere: [{ id, conversationId, seq: 1 }] });
    expect(await running).toEqual(['teh']);
    rows = await seal();
    elsewhere({ deletedElsewhere: [conversationId] });
    expect(await callsFor(rows.slice(0, 1))).toBe(1);
  });
});

/** Bytes of the heap that are in use, without what is waiting to be collected. */
function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return getHeapStatistics().used_heap_size;
}

/** Seals to as many characters as cipher-service does; opens nothing. */
function sealWithoutOpening(): Cipher {
  return {
    seal: async (text) => {
      const content = randomBytes(28 + Buffer.byteLength(text)).toString('base64');
      return { v: 1, kid: 'k1', content };
    },
    openMany: async (rows) => rows.map(() => undefined),
    ...fakeFileCipher(),
    forget: () => {},
    load: () => 0,
    isUp: async () => true,
    close: () => {},
  };
}
