import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { v4 as uuid } from 'uuid';
import { expect, it } from 'vitest';
import { fakeCipher } from '../../../test/support/fake-cipher.ts';
import { messageDeps } from '../../../test/support/uploads.ts';
import { editMessage } from '../../messages/edit.ts';
import { openMessagesFor } from '../../messages/message.ts';
import { deleteForEveryone, deleteForMe } from '../../messages/remove.ts';
import { sendMessage } from '../../messages/send.ts';
import { memoryDisk } from '../../storage/lowdb/disk/memory-disk.ts';
import { openMemoryStore, openStore } from '../../storage/lowdb/lowdb-store.ts';
import { openReadOnly } from '../../storage/lowdb/repair/open-read-only.ts';
import { hasSeq } from '../../storage/seq-ranges.ts';
import type { Store } from '../../storage/store.ts';
import { applyImport } from './apply-import.ts';
import { planImport } from './import-plan.ts';
import { readSeedFile } from './seed-file.ts';
import { writeExport } from './write-export.ts';

const ANI = '550e8400-e29b-41d4-a716-446655440000';
const BUDI = '9369a106-377e-47a6-8872-c994764a1d00';
const CONVERSATION = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
const BOTH = [ANI, BUDI] as const;

type Step = { kind: 'send' | 'answer' | 'edit' | 'delete' | 'hide'; who: 0 | 1; index: number };
const Step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('send', 'answer', 'answer', 'edit', 'delete', 'hide'),
  who: fc.constantFrom(0, 1),
  index: fc.nat(),
});

/** Steps of two friends in their conversation; `index` chooses a message of those there are. */
async function play(store: Store, cipher: ReturnType<typeof fakeCipher>, steps: Step[]): Promise<void> {
  const deps = messageDeps({ store, cipher, box: { editMs: 3_600_000 } });
  await store.transact(async (tx) => {
    for (const [index, id] of BOTH.entries()) {
      const account = {
        id,
        username: `orang${index}`,
        password: 'h',
        contacts: [],
        tokenVersion: 0,
        devices: [],
      };
      await tx.saveAccount(account);
    }
    await tx.befriend(...BOTH, CONVERSATION);
  });
  for (const [n, { kind, who, index }] of [{ kind: 'send', who: 0, index: 0 } as Step, ...steps].entries()) {
    const { lastSeq = 0 } = (await store.conversation(CONVERSATION)) ?? {};
    const ref = { conversationId: CONVERSATION, seq: lastSeq && (index % lastSeq) + 1 };
    const row = await store.message(CONVERSATION, ref.seq);
    const answered = kind === 'answer' && row && { replyTo: row.seq };
    // Whoever hid their own message from themselves does not edit it any more.
    const isHidden = row && hasSeq(await store.hiddenOf(CONVERSATION, row.senderId), row.seq);
    const mayChange = row && row.deletedAt === undefined && !isHidden;
    if (kind === 'hide') await deleteForMe(deps, BOTH[who], ref);
    else if (kind === 'edit' && mayChange) await editMessage(deps, row.senderId, ref, `diubah ${n}`);
    else if (kind === 'delete' && row) await deleteForEveryone(deps, row.senderId, ref);
    else {
      const input = { senderId: BOTH[who], receiverId: BOTH[1 - who] as string, message: `pesan ${n}` };
      await sendMessage(deps, BOTH[who], { ...input, ...answered });
    }
  }
}

/** The conversation as each of the two reads it. */
async function read(store: Store, cipher: ReturnType<typeof fakeCipher>) {
  const rows = await store.messages(CONVERSATION, { limit: 999 });
  const shown = await Promise.all(BOTH.map((id) => openMessagesFor({ store, cipher }, id, rows)));
  // Each database numbers its own revisions.
  return shown.map((messages) => messages.map(({ rev: _, changedRev: __, ...message }) => message));
}

it('after an export, sealed or readable, and an import both people read the same replies, edits and deletions', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bisik-round-trip-'));
  const property = async (steps: Step[], isPlain: boolean, cut: number) => {
    const [cipher, disk, file] = [fakeCipher(), memoryDisk(), join(folder, 'db.json')];
    let now = Date.UTC(2026, 0, 5);
    const store = await openStore(disk, 'box', { now: () => ++now, groupCommitMs: 0 });
    await play(store, cipher, steps);
    const before = await read(store, cipher);
    const gone = before[0]?.filter(({ deleted }) => deleted).length;
    await store.close();
    const options = { cipher: isPlain ? cipher : undefined, replace: true };
    const written = await writeExport(await openReadOnly('box', disk), file, options, () => {});
    expect(written).toEqual({
      messages: (before[0]?.length ?? 0) - (gone ?? 0),
      deleted: gone,
      files: 0,
      missing: 0,
    });

    const text = await readFile(file, 'utf8');
    const whole = JSON.parse(text);
    const other = await openMemoryStore(() => 1, { groupCommitMs: 0 });
    const importPart = async (part: object) => {
      const plan = await planImport(readSeedFile(JSON.stringify(part)), other, undefined);
      await applyImport(plan, { store: other, cipher }, () => {});
      return plan.rows;
    };
    // An import that was stopped half-way is continued by the next.
    await importPart({ ...whole, chats: whole.chats.slice(0, cut) });
    expect((await importPart(whole)).deleted).toBeLessThanOrEqual(gone ?? 0);
    expect(await read(other, cipher)).toEqual(before);
    const revision = other.revision();
    expect(await importPart(whole)).toMatchObject({
      existing: whole.chats.length,
      unchanged: 0,
      sealed: 0,
      deleted: 0,
    });
    expect(other.revision()).toBe(revision);
    await other.close();
  };
  const steps = fc.array(Step, { minLength: 5, maxLength: 30 });
  await fc.assert(fc.asyncProperty(steps, fc.boolean(), fc.integer({ min: 1, max: 20 }), property), {
    numRuns: 20,
  });
  await rm(folder, { recursive: true });
});

it('an export that is stopped leaves no file, and the next one removes the temporary file of a killed one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bisik-round-trip-'));
  const [cipher, disk, file] = [fakeCipher(), memoryDisk(), join(folder, 'db.json')];
  const store = await openStore(disk, 'box', { now: () => 1, groupCommitMs: 0 });
  await play(store, cipher, []);
  await store.close();
  const database = await openReadOnly('box', disk);
  const stopped = { cipher, replace: true, signal: AbortSignal.abort() };
  await expect(writeExport(database, file, stopped, () => {})).rejects.toThrow('no file was written');
  expect(await readdir(folder)).toEqual([]);
  await writeFile(`${file}.unfinished`, 'readable');
  await writeExport(database, file, { cipher, replace: true }, () => {});
  expect(await readdir(folder)).toEqual(['db.json']);
  await rm(folder, { recursive: true });
});

it('an imported reply finds its message among those stored before, and loses one that was left out', async () => {
  const store = await openMemoryStore();
  const users = BOTH.map((id, index) => ({
    id,
    username: `orang${index}`,
    password: 'h',
    contacts: [...BOTH],
  }));
  const chat = (seq: number, more: object = {}) => ({
    id: `${CONVERSATION.slice(0, -1)}${seq}`,
    conversationId: CONVERSATION,
    senderId: ANI,
    receiverId: BUDI,
    timestamp: 1_700_000_000_000 + seq,
    content: `pesan ${seq}`,
    readable: true,
    seq,
    ...more,
  });
  const cipher = fakeCipher();
  const importPart = async (chats: object[]) => {
    const plan = await planImport(readSeedFile(JSON.stringify({ users, chats })), store, undefined);
    await applyImport(plan, { store, cipher }, () => {});
  };
  await importPart([chat(3)]);
  await importPart([
    chat(1),
    chat(2, { content: 'x'.repeat(20_000) }),
    chat(3),
    chat(4, { replyTo: 3, hiddenFor: [BUDI, CONVERSATION] }),
    chat(5, { replyTo: 2 }),
    chat(6, { replyTo: 1 }),
    chat(7, { deletedAt: 5, content: 'tidak untuk siapa pun' }),
    chat(8, { replyTo: 9 }),
  ]);
  const rows = await store.messages(CONVERSATION, { limit: 9 });
  expect(rows.map(({ id, replyTo }) => [Number(id.at(-1)), replyTo])).toEqual([
    [3, undefined],
    [1, undefined],
    [4, 1],
    [5, undefined],
    [6, 2],
    [7, undefined],
    [8, undefined],
  ]);
  expect(rows[5]).toMatchObject({ deletedAt: 5, content: '' });
  expect(await store.hiddenOf(CONVERSATION, BUDI)).toEqual([[3, 3]]);
});

it('messages of a person to themselves are imported into their notes, and repeating it adds none', async () => {
  const store = await openMemoryStore();
  const users = [{ id: ANI, username: 'orang', password: 'h', contacts: [] }];
  const row = { senderId: ANI, receiverId: ANI, timestamp: 1_700_000_000_000, readable: true };
  const chats = [1, 2].map((n) => ({
    ...row,
    id: `${CONVERSATION.slice(0, -1)}${n}`,
    content: `catatan ${n}`,
  }));
  for (let times = 0; times < 2; times++) {
    const plan = await planImport(readSeedFile(JSON.stringify({ users, chats })), store, undefined);
    expect(plan.unreadable).toMatchObject({ rows: 0 });
    await applyImport(plan, { store, cipher: fakeCipher() }, () => {});
  }
  const notes = await store.directBetween(ANI, ANI);
  expect(notes).toMatchObject({ members: [ANI, ANI], lastSeq: 2 });
  const rows = await store.messages(notes?.id ?? '', { limit: 9 });
  expect(rows.map(({ senderId, receiverId }) => [senderId, receiverId])).toEqual([
    [ANI, ANI],
    [ANI, ANI],
  ]);
});

it('messages that expire share a queue for each duration, although the clocks of their box differed', async () => {
  const store = await openMemoryStore(() => 1, { groupCommitMs: 0 });
  const at = 1_700_000_000_000;
  const users = BOTH.map((id, n) => ({ id, username: `orang${n}`, password: 'h', contacts: [BOTH[1 - n]] }));
  const chats = Array.from({ length: 9 }, (_, n) => ({
    ...{ id: uuid(), senderId: ANI, receiverId: BUDI, content: `pesan ${n}`, seq: n + 1, readable: true },
    ...{ timestamp: at + n * 1000, expiresAt: at + n * 1007 + 60_000 + (n < 5 ? 86_400_000 : 604_800_000) },
  }));
  const plan = await planImport(readSeedFile(JSON.stringify({ users, chats })), store, undefined);
  await applyImport(plan, { store, cipher: fakeCipher() }, () => {});
  const conversation = await store.directBetween(ANI, BUDI);
  expect(conversation?.expiring).toMatchObject([
    { afterMs: 86_400_000, from: 1 },
    { afterMs: 604_800_000, from: 6 },
  ]);
  const rows = await store.messages(conversation?.id ?? '', { limit: 9 });
  expect(rows.map(({ timestamp, expiresAt }) => ({ timestamp, expiresAt }))).toEqual(
    chats.map(({ timestamp, expiresAt }) => ({ timestamp, expiresAt })),
  );
});
