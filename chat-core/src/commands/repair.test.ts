import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fakeCipher } from '../../test/support/fake-cipher.ts';
import { messageDeps } from '../../test/support/uploads.ts';
import { editMessage } from '../messages/edit.ts';
import { openMessages } from '../messages/message.ts';
import { deleteForEveryone, deleteForMe } from '../messages/remove.ts';
import { sendMessage } from '../messages/send.ts';
import { realDisk } from '../storage/lowdb/disk/disk.ts';
import { type LowdbStore, openLowdbStore } from '../storage/lowdb/lowdb-store.ts';
import { applyRepair } from '../storage/lowdb/repair/apply-repair.ts';
import { scanFolder } from '../storage/lowdb/repair/integrity-scan.ts';
import type { Id } from '../wire/wire.ts';

const ANI = '550e8400-e29b-41d4-a716-446655440000';
const BUDI = '9369a106-377e-47a6-8872-c994764a1d00';
const CONVERSATION = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
const clock = () => 1_700_000_000_000;

let folder: string;
let data: string;
let cipher: ReturnType<typeof fakeCipher>;
let store: LowdbStore;

/** Four messages: one edited, one deleted for everyone, one hidden by Budi, one unchanged. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bisik-repair-'));
  data = join(folder, 'data');
  cipher = fakeCipher();
  store = await openLowdbStore(data, { now: clock });
  await store.transact(async (tx) => {
    for (const id of [ANI, BUDI]) {
      await tx.saveAccount({
        id,
        username: id.slice(0, 8),
        password: 'h',
        contacts: [],
        tokenVersion: 0,
        devices: [],
      });
    }
    await tx.befriend(ANI, BUDI, CONVERSATION);
  });
  const deps = messageDeps({ store, cipher, box: { editMs: 60_000 } });
  for (const message of ['satu', 'dua', 'tiga', 'empat']) {
    await sendMessage(deps, ANI, { senderId: ANI, receiverId: BUDI, message });
  }
  const ref = (seq: number) => ({ conversationId: CONVERSATION, seq });
  await editMessage(deps, ANI, ref(1), 'satu lagi');
  await deleteForEveryone(deps, ANI, ref(2));
  await deleteForMe(deps, BUDI, ref(3));
});
afterEach(() => rm(folder, { recursive: true }));

const textsOf = async (from: Pick<LowdbStore, 'messages'>, id: Id = CONVERSATION) =>
  (await openMessages(cipher, await from.messages(id, { limit: 9 }))).map(({ content }) => content);

it.each(['in the journal', 'in pages'])(
  'edits and deletions %s are no faults in the scan, and a repair preserves them',
  async (where) => {
    if (where === 'in pages') await store.checkpoint('all');
    await store.close();
    const found = await scanFolder(realDisk, data);
    expect(found.faults).toEqual([]);
    await applyRepair(realDisk, data, found, join(folder, 'aside'));
    const repaired = await openLowdbStore(data, { now: clock });
    expect(await textsOf(repaired)).toEqual(['satu lagi', '', 'tiga', 'empat']);
    expect(await repaired.hiddenOf(CONVERSATION, BUDI)).toEqual([[3, 3]]);
    await repaired.close();
  },
);
