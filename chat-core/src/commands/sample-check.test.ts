import { expect, it } from 'vitest';
import { fakeCipher } from '../../test/support/fake-cipher.ts';
import { messageDeps } from '../../test/support/uploads.ts';
import {
  fileBinding,
  groupNameBinding,
  messageBinding,
  profileTextsBinding,
  reactionsBinding,
  totpBinding,
} from '../cipher/binding.ts';
import { deleteForEveryone, deleteForMe } from '../messages/remove.ts';
import { sealPicture } from '../people/picture.ts';
import { groupOf, member, person } from '../storage/contract/rig.ts';
import { memoryDisk } from '../storage/lowdb/disk/memory-disk.ts';
import { openStore } from '../storage/lowdb/lowdb-store.ts';
import { openReadOnly } from '../storage/lowdb/repair/open-read-only.ts';
import { PLACEHOLDER_KID } from '../storage/lowdb/repair/placeholder.ts';
import { LEGACY_KID } from './import/import-plan-rows.ts';
import { openAccounts, openGroupNames, openPictures, openSample } from './sample-check.ts';

const clock = () => 1_700_000_000_000;

/** Ten messages: 2 and 5 deleted for everyone, 7 for Budi alone, 3 never opened, 9 sealed for another conversation. */
async function tenMessages() {
  const [disk, cipher] = [memoryDisk(), fakeCipher()];
  const store = await openStore(disk, 'box', { now: clock, groupCommitMs: 0 });
  await store.transact(async (tx) => {
    for (const id of ['ani', 'budi']) {
      await tx.saveAccount({ id, username: id, password: 'h', contacts: [], tokenVersion: 0, devices: [] });
    }
    await tx.befriend('ani', 'budi', 'ani-budi');
  });
  for (let seq = 1; seq <= 10; seq++) {
    const header = { id: `m${seq}`, conversationId: 'ani-budi', senderId: 'ani', timestamp: 1 };
    const bound = seq === 9 ? { ...header, conversationId: 'ani-cici' } : header;
    const sealed = await cipher.seal(`pesan ${seq}`, messageBinding(bound));
    const row = { ...header, ...sealed, ...(seq === 3 && { kid: LEGACY_KID, content: 'WyJ4Il0=' }) };
    await store.transact((tx) => tx.appendMessage(row));
  }
  const deps = messageDeps({ store, cipher });
  for (const seq of [2, 5]) await deleteForEveryone(deps, 'ani', { conversationId: 'ani-budi', seq });
  await deleteForMe(deps, 'budi', { conversationId: 'ani-budi', seq: 7 });
  return { disk, cipher, store };
}

it.each(['before', 'after'])(
  'a sample counts opened, locked and deleted messages %s deleted ones are erased',
  async (when) => {
    const { disk, cipher, store } = await tenMessages();
    if (when === 'after') await store.checkpoint('all');
    await store.close();
    const database = await openReadOnly('box', disk);
    const shown: number[] = [];
    const all = await openSample(database, cipher, 10, (done) => shown.push(done));
    expect(all).toMatchObject({ opened: 6, locked: 1, deleted: 2 });
    expect(all.faults.map(({ what }) => what)).toEqual(['message 9 of conversation ani-budi does not open']);
    expect(shown.at(-1)).toBe(10);
    for (let size = 0; size <= 10; size++) {
      const { opened, locked, deleted, faults } = await openSample(database, cipher, size, () => {});
      expect(opened + locked + deleted + faults.length).toBe(size);
      expect(deleted).toBeLessThanOrEqual(2);
    }
  },
);

it('reactions and a name of a file that do not open are faults of their messages', async () => {
  const [disk, cipher] = [memoryDisk(), fakeCipher()];
  const store = await openStore(disk, 'box', { now: clock, groupCommitMs: 0 });
  await store.transact(async (tx) => {
    for (const id of ['ani', 'budi']) await tx.saveAccount(person(id));
    await tx.befriend('ani', 'budi', 'ani-budi');
  });
  const append = async (id: string, boundTo = id) => {
    const header = { id, conversationId: 'ani-budi', senderId: 'ani', timestamp: 1 };
    const list = await cipher.seal('[]', reactionsBinding({ ...header, id: boundTo }, 1));
    const row = { ...header, ...(await cipher.seal('pesan', messageBinding(header))) };
    await store.transact((tx) => tx.appendMessage({ ...row, reactions: { ...list, edit: 1 } }));
  };
  await append('m1');
  await append('m2', 'another');
  const file = { id: 'f1', conversationId: 'ani-budi', senderId: 'ani' };
  const [key, metadata] = [
    await cipher.seal('key', fileBinding(file)),
    await cipher.seal('{}', fileBinding({ ...file, id: 'f2' })),
  ];
  const upload = { ...file, userId: 'ani', createdAt: 1, size: 1, key, metadata, state: 'open' as const };
  const header = { id: 'm3', conversationId: 'ani-budi', senderId: 'ani', timestamp: 1 };
  const text = await cipher.seal('', messageBinding(header));
  await store.transact(async (tx) => {
    await tx.saveUpload(upload);
    await tx.appendMessage({ ...header, ...text, attachments: [upload] });
  });
  await store.close();
  const { opened, faults } = await openSample(await openReadOnly('box', disk), cipher, 3, () => {});
  expect([opened, faults.map(({ what }) => what)]).toEqual([
    1,
    [2, 3].map((seq) => `message ${seq} of conversation ani-budi does not open`),
  ]);
});

it('a name of a group that does not open is a fault, and neither a lost one nor that of a deleted group', async () => {
  const [disk, cipher] = [memoryDisk(), fakeCipher()];
  const store = await openStore(disk, 'box', { now: clock, groupCommitMs: 0 });
  await store.transact((tx) => tx.saveAccount(person('ani')));
  const nameOf = async (id: string) => ({
    edit: 1,
    ...(await cipher.seal('Keluarga', groupNameBinding(id, 1))),
  });
  const names = {
    right: await nameOf('right'),
    foreign: await nameOf('another'),
    lost: { edit: 1, v: 1 as const, kid: PLACEHOLDER_KID, content: '' },
    deleted: { edit: 1, v: 1 as const, kid: '', content: '' },
  };
  for (const [id, name] of Object.entries(names)) {
    const members = id === 'deleted' ? [] : [member('ani')];
    await store.transact((tx) => tx.saveGroup(id, groupOf(members, { name })));
  }
  await store.close();
  const faults = await openGroupNames(await openReadOnly('box', disk), cipher);
  expect(faults.map(({ what }) => what)).toEqual(['the name of group foreign does not open']);
});

it('a profile and a second factor that do not open are faults, each under its username', async () => {
  const [disk, cipher] = [memoryDisk(), fakeCipher()];
  const store = await openStore(disk, 'box', { now: clock, groupCommitMs: 0 });
  const texts = async (of: string) => ({ ...(await cipher.seal('{}', profileTextsBinding(of, 1))), edit: 1 });
  const totp = async (of: string) => ({
    id: `totp-${of}`,
    secret: await cipher.seal('rahasia', totpBinding(of, `totp-${of}`)),
    lastStep: 0,
    createdAt: 1,
    confirmedAt: 1,
  });
  for (const [id, textsOf, totpOf] of [
    ['ani', 'ani', 'ani'],
    ['budi', 'cici', 'budi'],
    ['cici', 'cici', 'ani'],
  ] as const) {
    const profile = { edit: 1, rev: 1, shownRev: 1, texts: await texts(textsOf) };
    const secondFactor = {
      totp: { ...(await totp(totpOf)), id: `totp-${id}` },
      recovery: { id: 'codes', hashes: [] },
    };
    await store.transact((tx) => tx.saveAccount({ ...person(id), profile, secondFactor }));
  }
  await store.close();
  const faults = await openAccounts(await openReadOnly('box', disk), cipher);
  expect(faults.map(({ what }) => what)).toEqual(
    ['budi', 'cici'].map((name) => `the profile, second factor or scheduled text of ${name} does not open`),
  );
});

it('a picture that does not open is a fault, of a person and of a group', async () => {
  const [disk, cipher] = [memoryDisk(), fakeCipher()];
  const store = await openStore(disk, 'box', { now: clock, groupCommitMs: 0 });
  const pictureOf = (userId: string, sealedFor: string) =>
    sealPicture(
      cipher,
      { userId: sealedFor, id: `of-${userId}`, edit: 1 },
      { type: 'image/png', data: 'iVBORw0KGgo=' },
    );
  for (const [id, sealedFor] of [
    ['ani', 'ani'],
    ['budi', 'ani'],
  ] as const) {
    const picture = { ...(await pictureOf(id, sealedFor)), userId: id };
    await store.transact((tx) => tx.saveAccount(person(id)));
    await store.transact((tx) =>
      tx.saveProfile(id, { edit: 1, picture: { id: picture.id, edit: 1 } }, { isShown: true, picture }),
    );
  }
  for (const [id, sealedFor] of [
    ['keluarga', 'keluarga'],
    ['kelas', 'keluarga'],
  ] as const) {
    const picture = { ...(await pictureOf(id, sealedFor)), userId: id };
    const group = groupOf([member('ani')], { picture: { id: picture.id, edit: 1 } });
    await store.transact((tx) => tx.saveGroup(id, group, picture));
  }
  await store.checkpoint('all');
  await store.close();
  const { opened, faults } = await openPictures(await openReadOnly('box', disk), cipher);
  expect(opened).toBe(2);
  expect(faults.map(({ path }) => path)).toEqual(['pictures/budi.json', 'pictures/kelas.json']);
});
