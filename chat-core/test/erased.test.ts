import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { editMessage } from '../src/messages/edit.ts';
import { deleteForEveryone } from '../src/messages/remove.ts';
import { sendMessage } from '../src/messages/send.ts';
import { type LowdbStore, openLowdbStore } from '../src/storage/lowdb/lowdb-store.ts';
import { everythingIn } from './support/disk.ts';
import { fakeCipher } from './support/fake-cipher.ts';
import { messageDeps } from './support/uploads.ts';

const ANI = '550e8400-e29b-41d4-a716-446655440000';
const BUDI = '9369a106-377e-47a6-8872-c994764a1d00';
const conversationId = '7c9e6679-7425-40de-944b-e07fc1f90ae7';

let folder: string;
let store: LowdbStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bisik-erased-'));
  store = await openLowdbStore(folder, { now: Date.now });
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

it('no byte of the data folder holds the ciphertext of a deleted or edited message after the next checkpoint', async () => {
  const deps = messageDeps({ store, cipher: fakeCipher(), box: { editMs: 3_600_000 } });
  await store.transact(async (tx) => {
    for (const id of [ANI, BUDI]) {
      await tx.saveAccount({ id, username: id, password: 'h', contacts: [], tokenVersion: 0, devices: [] });
    }
    await tx.befriend(ANI, BUDI, conversationId);
  });
  const send = (message: string) => sendMessage(deps, ANI, { senderId: ANI, receiverId: BUDI, message });
  for (let n = 1; n <= 140; n++) await send(`${n}`);
  // Some are in pages now, and still in the journal file too.
  await store.checkpoint('all');
  for (let n = 141; n <= 150; n++) await send(`${n}`);
  const replaced: string[] = [];
  for (const seq of [1, 128, 135, 150]) {
    replaced.push((await store.message(conversationId, seq))?.content ?? '');
    await editMessage(deps, ANI, { conversationId, seq }, `${seq} lagi`);
  }
  for (const seq of [2, 135, 149]) {
    replaced.push((await store.message(conversationId, seq))?.content ?? '');
    await deleteForEveryone(deps, ANI, { conversationId, seq });
  }
  // The premise: every replaced ciphertext can be found.
  const before = everythingIn(folder);
  expect(replaced.filter((content) => content === '' || !before.includes(content))).toEqual([]);
  await store.checkpoint();
  const after = everythingIn(folder);
  expect(replaced.filter((content) => after.includes(content))).toEqual([]);
  const remaining = await store.messages(conversationId, { limit: 200 });
  expect(remaining).toHaveLength(150);
  expect(remaining.filter(({ content }) => content !== '' && !after.includes(content))).toEqual([]);
});
