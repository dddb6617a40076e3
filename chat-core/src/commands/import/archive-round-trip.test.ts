import { expect, it } from 'vitest';
import { fakeCipher } from '../../../test/support/fake-cipher.ts';
import { messageDeps } from '../../../test/support/uploads.ts';
import { createGroups } from '../../groups/group-info.ts';
import { appendRows } from '../../imports/append-rows.ts';
import { finishImport, startImport } from '../../imports/imports.ts';
import { openMessages } from '../../messages/message.ts';
import { person } from '../../storage/contract/rig.ts';
import { memoryDisk } from '../../storage/lowdb/disk/memory-disk.ts';
import { openMemoryStore, openStore } from '../../storage/lowdb/lowdb-store.ts';
import { openReadOnly } from '../../storage/lowdb/repair/open-read-only.ts';
import type { Store } from '../../storage/store.ts';
import { applyImport } from './apply-import.ts';
import { planImport } from './import-plan.ts';
import { readSeedFile } from './seed-file.ts';
import { writeExportTo } from './write-export.ts';

const ANI = '550e8400-e29b-41d4-a716-446655440001';
const ARCHIVE = '550e8400-e29b-41d4-a716-446655440100';
const cipher = fakeCipher();

async function fill(store: Store): Promise<void> {
  await store.transact((tx) => tx.saveAccount(person(ANI)));
  const groups = createGroups({ store, cipher, profiles: {} as never }, false);
  const deps = { ...messageDeps({ store, cipher }), groups, countRows: () => {} };
  await startImport(deps, ANI, { conversationId: ARCHIVE, source: 'telegram', name: 'Keluarga' });
  const rows = [
    { at: 2000, name: 'Bu Sari', userId: ANI, text: 'pagi\nsemua' },
    { at: 1000, text: 'Grup dibuat' },
  ];
  await appendRows(deps, ANI, ARCHIVE, { from: 0, rows });
  await finishImport(deps, ANI, ARCHIVE, 2);
}

async function read(store: Store) {
  const rows = await store.messages(ARCHIVE, { limit: 9 });
  const conversation = await store.conversation(ARCHIVE);
  return {
    archive: conversation?.kind === 'group' ? conversation.group.archive : undefined,
    shown: (await openMessages(cipher, rows)).map(({ rev: _, ...message }) => message),
  };
}

it.each([false, true])(
  'an export brings an archive with its names and dates, readable: %s',
  async (isPlain) => {
    const disk = memoryDisk();
    const store = await openStore(disk, 'box', { now: () => 5000, groupCommitMs: 0 });
    await fill(store);
    const before = await read(store);
    expect(before.shown[0]).toMatchObject({ timestamp: 2000, imported: { name: 'Bu Sari', userId: ANI } });
    await store.close();
    const parts: string[] = [];
    const sink = { writeFile: async (part: string) => void parts.push(part) };
    await writeExportTo(sink, await openReadOnly('box', disk), isPlain ? { cipher } : {}, () => {});
    expect(parts.join('').includes('Bu Sari')).toBe(isPlain);
    const other = await openMemoryStore(() => 1, { groupCommitMs: 0 });
    for (let n = 0; n < 2; n++) {
      const plan = await planImport(readSeedFile(parts.join('')), other, undefined);
      await applyImport(plan, { store: other, cipher }, () => {});
    }
    expect(await read(other)).toEqual(before);
    expect(before.archive).toEqual({ source: 'telegram', rows: 2 });
  },
);
