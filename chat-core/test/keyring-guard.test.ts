import { beforeEach, describe, expect, it } from 'vitest';
import { messageBinding, profileTextsBinding } from '../src/cipher/binding.ts';
import type { Cipher, Context, Sealed } from '../src/cipher/cipher.ts';
import { guardKeyring, UNOPENABLE_KIDS } from '../src/cipher/keyring-guard.ts';
import { LEGACY_KID } from '../src/commands/import/import-plan-rows.ts';
import { person } from '../src/storage/contract/rig.ts';
import { openMemoryStore } from '../src/storage/lowdb/lowdb-store.ts';
import { PLACEHOLDER_KID } from '../src/storage/lowdb/repair/placeholder.ts';
import type { Store } from '../src/storage/store.ts';
import { fakeFileCipher } from './support/fake-file-cipher.ts';

type Ring = { kids: string[]; isUnavailable: boolean; calls: number };

/** A cipher whose keyring a test changes; its ciphertext contains the key id, the text and the binding. */
function cipherWith(ring: Ring): Cipher {
  const noConnection = () => Object.assign(new Error('no connection'), { cause: new Error('ECONNREFUSED') });
  const call = async <T>(work: () => T): Promise<T> => {
    ring.calls += 1;
    if (ring.isUnavailable) throw noConnection();
    return work();
  };
  const sealedBy = (kid: string, text: string, binding: Context): Sealed => ({
    v: 1,
    kid,
    content: JSON.stringify([kid, text, binding]),
  });
  return {
    seal: (text, binding) => call(() => sealedBy(ring.kids.at(-1) ?? '', text, binding)),
    openMany: (rows) =>
      call(() =>
        rows.map(({ sealed, binding }) => {
          if (!ring.kids.includes(sealed.kid) || sealed.content === 'damaged') return undefined;
          const [kid, text, bound] = JSON.parse(sealed.content);
          return kid === sealed.kid && JSON.stringify(bound) === JSON.stringify(binding) ? text : undefined;
        }),
      ),
    ...fakeFileCipher(),
    forget: () => {},
    load: () => 0,
    isUp: async () => !ring.isUnavailable,
    close: () => {},
  };
}

let store: Store;
let ring: Ring;
let reported: number;
let guarded: ReturnType<typeof guardKeyring>;
const guard = () =>
  guardKeyring(cipherWith(ring), store, () => {
    reported += 1;
  });
beforeEach(async () => {
  store = await openMemoryStore();
  ring = { kids: ['a1'], isUnavailable: false, calls: 0 };
  reported = 0;
  guarded = guard();
  await store.transact(async (tx) => {
    for (const id of ['ani', 'budi']) await tx.saveAccount(person(id));
    await tx.befriend('ani', 'budi', 'c');
  });
});

const place = { conversationId: 'c', senderId: 'ani', timestamp: 1 };

/** Stores a message that `ring` seals, with the fields of `altered`. */
async function storeMessage(id: string, altered: Partial<Sealed> = {}): Promise<void> {
  const sealed = await cipherWith(ring).seal('hai', messageBinding({ id, ...place }));
  await store.transact((tx) => tx.appendMessage({ id, ...place, ...sealed, ...altered }));
}

const seal = () => guarded.seal('new', messageBinding({ id: 'new', ...place }));

describe('the keyring of the service', () => {
  it('any keyring is accepted where nothing is sealed yet', async () => {
    expect(await guarded.isOwnKeyring()).toBe(true);
  });

  it('the right keyring is recognized by its key id, though the sampled rows are damaged', async () => {
    await storeMessage('m1', { content: 'damaged' });
    expect(await guarded.isOwnKeyring()).toBe(true);
  });

  it('the right keyring is recognized by what it opens, though it seals with a newer key', async () => {
    await storeMessage('m1');
    ring.kids = ['a1', 'a2'];
    expect(await guarded.isOwnKeyring()).toBe(true);
  });

  it('the keyring is checked once, and the following calls cost nothing more', async () => {
    await storeMessage('m1');
    await Promise.all([seal(), seal(), seal()]);
    const { calls } = ring;
    await seal();
    expect(ring.calls).toBe(calls + 1);
  });

  it('rows that never opened are not used to check the keyring', async () => {
    expect(UNOPENABLE_KIDS).toEqual([PLACEHOLDER_KID, LEGACY_KID]);
    for (const kid of UNOPENABLE_KIDS) await storeMessage(`m-${kid}`, { kid, content: 'x' });
    await storeMessage('m-deleted', { content: '', kid: 'b7' });
    expect(await guarded.isOwnKeyring()).toBe(true);
  });
});

describe('a foreign keyring', () => {
  it('a foreign keyring seals and opens nothing, is reported, and the service is not ready', async () => {
    await storeMessage('m1');
    ring.kids = ['b7'];
    await expect(seal()).rejects.toMatchObject({ code: 'CIPHER_UNAVAILABLE' });
    await expect(
      guarded.openMany([{ sealed: { v: 1, kid: 'a1', content: 'x' }, binding: place as never }]),
    ).rejects.toMatchObject({
      code: 'CIPHER_UNAVAILABLE',
    });
    expect([await guarded.isOwnKeyring(), await guarded.isUp(), reported]).toEqual([false, false, 1]);
  });

  it('a foreign keyring wraps no key of a file, and seals and opens no chunk', async () => {
    await storeMessage('m1');
    ring.kids = ['b7'];
    let reached = 0;
    const reach = async () => {
      reached += 1;
      return Buffer.alloc(0);
    };
    const files = { newFileKey: reach as never, sealChunks: reach, openChunks: reach };
    guarded = guardKeyring({ ...cipherWith(ring), ...files }, store, () => {});
    const binding = { fileId: 'f', conversationId: 'c', senderId: 'ani' };
    const chunks = { key: { v: 1 as const, kid: 'a1', content: '' }, binding, index: 0, isLast: true };
    const unavailable = { code: 'CIPHER_UNAVAILABLE' };
    await expect(guarded.newFileKey(binding)).rejects.toMatchObject(unavailable);
    await expect(guarded.sealChunks(chunks, [Buffer.alloc(1)])).rejects.toMatchObject(unavailable);
    await expect(guarded.openChunks(chunks, Buffer.alloc(24))).rejects.toMatchObject(unavailable);
    expect(reached).toBe(0);
  });

  it('a key of a file that another keyring wrapped is refused, and the keyring is checked again', async () => {
    await storeMessage('m1');
    const binding = { fileId: 'f', conversationId: 'c', senderId: 'ani' };
    const newFileKey = async () => ({ v: 1 as const, kid: ring.kids.at(-1) ?? '', content: '' });
    guarded = guardKeyring({ ...cipherWith(ring), newFileKey }, store, () => {});
    expect((await guarded.newFileKey(binding)).kid).toBe('a1');
    ring.kids = ['b7'];
    await expect(guarded.newFileKey(binding)).rejects.toMatchObject({ code: 'CIPHER_UNAVAILABLE' });
  });

  it('a foreign keyring is detected by profile texts where no message is stored yet', async () => {
    const texts = { ...(await cipherWith(ring).seal('{}', profileTextsBinding('ani', 1))), edit: 1 };
    await store.transact((tx) => tx.saveProfile('ani', { texts, edit: 1 }, { isShown: true }));
    expect(await guarded.isOwnKeyring()).toBe(true);
    ring.kids = ['b7'];
    guarded = guard();
    expect(await guarded.isOwnKeyring()).toBe(false);
  });

  it('a foreign keyring is detected when cipher-service comes back with it', async () => {
    await storeMessage('m1');
    await seal();
    ring.isUnavailable = true;
    await expect(seal()).rejects.toThrow('no connection');
    expect(await guarded.isUp()).toBe(false);
    ring.isUnavailable = false;
    ring.kids = ['b7'];
    await expect(seal()).rejects.toMatchObject({ code: 'CIPHER_UNAVAILABLE' });
  });

  it('a foreign keyring is detected when cipher-service was replaced between two calls, by the next seal and by the health check', async () => {
    await storeMessage('m1');
    await seal();
    ring.kids = ['b7'];
    await expect(seal()).rejects.toMatchObject({ code: 'CIPHER_UNAVAILABLE' });
    ring.kids = ['a1'];
    guarded = guard();
    await seal();
    ring.kids = ['b7'];
    expect(await guarded.isUp()).toBe(false);
  });

  it('a newer key of the same keyring is not taken for a foreign one', async () => {
    await storeMessage('m1');
    await seal();
    ring.kids = ['a1', 'a2'];
    expect((await seal()).kid).toBe('a2');
    expect([await guarded.isUp(), reported]).toEqual([true, 0]);
  });

  it('an unavailable cipher is not taken for a foreign keyring', async () => {
    await storeMessage('m1');
    ring.isUnavailable = true;
    await expect(guarded.isOwnKeyring()).rejects.toThrow('no connection');
    expect(reported).toBe(0);
    ring.isUnavailable = false;
    await seal();
  });
});
