import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fakeFileCipher } from '../../../test/support/fake-file-cipher.ts';
import type { Cipher } from '../../cipher/cipher.ts';
import { openMemoryStore } from '../../storage/lowdb/lowdb-store.ts';
import { applyImport } from './apply-import.ts';
import { type Plan, planImport } from './import-plan.ts';
import { importReport } from './import-report.ts';
import { readSeedFile } from './seed-file.ts';

const runs = Number(process.env.FUZZ_RUNS ?? 100);
const seed = process.env.FUZZ_SEED === undefined ? {} : { seed: Number(process.env.FUZZ_SEED) };

/** Runs that stored a message, and groups that were stored. */
let importing = 0;
let groupsMade = 0;
let filesStored = 0;
let settingsMade = 0;
/** Refuses what the real cipher refuses. */
const cipher: Cipher = {
  seal: async (text, binding) => {
    const { messageId, timestamp, edit } =
      'messageId' in binding ? binding : { messageId: '', timestamp: 0, edit: 0, ...binding };
    const isBound =
      typeof messageId === 'string' && [timestamp, edit].every((n) => Number.isSafeInteger(n) && n >= 0);
    if (!isBound || !text.isWellFormed()) throw new Error(`not sealed: ${JSON.stringify([text, binding])}`);
    return { v: 1, kid: 'k1', content: `sealed ${text}` };
  },
  openMany: async (rows) => rows.map(() => undefined),
  ...fakeFileCipher(),
  forget: () => {},
  load: () => 0,
  isUp: async () => true,
  close: () => {},
};

const anything = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constant({ toString: 1, valueOf: 1 }));
/** Mostly what the original wrote, sometimes any value. */
const mostly = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 12, arbitrary }, { weight: 1, arbitrary: anything });
const key = fc.constantFrom('1', '2', '3', 2, 'A0000000-0000-4000-8000-00000000000A');
const ids = mostly(fc.array(mostly(key), { maxLength: 3 }));
const time = fc.constantFrom(
  1_714_550_400,
  '1714550400.5',
  1_714_550_400_000_000,
  null,
  '13/05/2024',
  '01/05/2024',
  { $date: '2024-05-01T00:00:00Z' },
);
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('halo', 'jos\ud800', '__proto__'));
const number = mostly(fc.integer({ min: -1, max: 9 }));
const none = fc.constant(undefined);
const sometimes = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 3, arbitrary: none }, { weight: 1, arbitrary });
const uuid = fc.constantFrom('a0000000-0000-4000-8000-00000000000a', 'a0000000-0000-4000-8000-00000000000b');
const inConversation = <T>(fields: fc.Arbitrary<T>) =>
  sometimes(mostly(fc.array(mostly(fields), { maxLength: 3 })));
const pinned = sometimes(mostly(fc.record({ seq: number, by: mostly(key), expiresAt: sometimes(number) })));
const settings = fc.record({
  privacy: sometimes(anything),
  muted: inConversation(fc.record({ conversationId: uuid })),
  chats: inConversation(fc.record({ conversationId: uuid, archived: number })),
  stars: inConversation(fc.record({ conversationId: uuid, seqs: fc.array(number, { maxLength: 3 }) })),
  scheduled: inConversation(
    fc.record({
      id: uuid,
      conversationId: uuid,
      dueAt: number,
      failure: sometimes(text),
      text: mostly(text),
    }),
  ),
});
const direct = fc.record({
  id: mostly(uuid),
  members: mostly(fc.array(mostly(key), { minLength: 2, maxLength: 2 })),
  expireAfterS: sometimes(mostly(fc.constant(86_400))),
  pinned,
});
const range = mostly(fc.tuple(number, number));
const omitted = fc.record({ conversationId: mostly(key), seqs: mostly(fc.array(range, { maxLength: 3 })) });
const user = fc.record({
  id: mostly(key),
  username: mostly(text),
  password: mostly(fc.constant(`$2a$10$${'a'.repeat(53)}`)),
  contacts: ids,
  blocked: sometimes(ids),
  asked: sometimes(ids),
  askedBy: sometimes(ids),
  formerName: sometimes(mostly(text)),
  rawPassword: sometimes(anything),
  settings: sometimes(mostly(settings)),
});
const sealed = fc.record({ v: mostly(fc.constant(1)), kid: mostly(text), content: mostly(text) });
const attachment = fc.record({
  id: sometimes(mostly(text)),
  key: sometimes(mostly(sealed)),
  metadata: sometimes(mostly(sealed)),
  name: sometimes(mostly(text)),
  type: sometimes(mostly(fc.constantFrom('image/png', '', 'x'))),
  size: mostly(fc.integer({ min: -1, max: 1e9 })),
  // A path to elsewhere refuses the whole file.
  path: sometimes(fc.oneof(fc.constantFrom('db.files/a', 'db.files/b/c'), fc.integer())),
  width: sometimes(mostly(number)),
  preview: sometimes(mostly(text)),
  alt: sometimes(mostly(text)),
});
const poll = fc.record({
  question: mostly(text),
  answers: mostly(fc.array(mostly(text), { minLength: 2, maxLength: 3 })),
  closed: sometimes(anything),
  votes: sometimes(
    fc.oneof(
      fc.array(
        mostly(fc.record({ userId: mostly(uuid), choices: mostly(fc.array(number, { maxLength: 3 })) })),
        { maxLength: 3 },
      ),
      fc.record({ v: fc.constant(1), kid: mostly(text), content: mostly(text), edit: number }),
    ),
  ),
});
const row = fc.record({
  attachments: sometimes(mostly(fc.array(mostly(attachment), { maxLength: 3 }))),
  id: sometimes(mostly(fc.constantFrom('a', 'b', 7, 'c'))),
  senderId: mostly(key),
  receiverId: fc.oneof({ weight: 5, arbitrary: mostly(key) }, { weight: 1, arbitrary: none }),
  content: mostly(text),
  timestamp: mostly(time),
  conversationId: sometimes(mostly(key)),
  seq: sometimes(number),
  replyTo: sometimes(number),
  edit: sometimes(number),
  editedAt: sometimes(number),
  deletedAt: sometimes(number),
  expiresAt: sometimes(number),
  hiddenFor: sometimes(ids),
  poll: sometimes(mostly(poll)),
  v: sometimes(fc.constant(1)),
  kid: sometimes(mostly(text)),
  readable: sometimes(fc.boolean()),
  mentions: sometimes(ids),
  event: sometimes(mostly(fc.record({ type: mostly(fc.constantFrom('added', 'left')), userIds: ids }))),
});
const membership = fc.record({
  userId: mostly(key),
  role: mostly(fc.constantFrom('owner', 'member')),
  fromSeq: number,
  joinedSeq: number,
});
const group = fc.record({
  id: mostly(key),
  name: sometimes(mostly(text)),
  v: sometimes(fc.constant(1)),
  kid: mostly(text),
  content: mostly(text),
  edit: number,
  members: mostly(fc.array(mostly(membership), { maxLength: 4 })),
  permissions: anything,
  newcomersRead: anything,
  requests: sometimes(ids),
  removed: sometimes(ids),
  expireAfterS: sometimes(mostly(fc.constant(86_400))),
  pinned,
});
/** Users between whom there are messages, in every file. */
const people = ['1', '2', '3'].map((id) => ({ id, username: `orang${id}`, password: '', contacts: [] }));
const users = fc.array(mostly(user), { maxLength: 4 }).map((some) => [...some, ...people]);
const rows = fc.array(mostly(row), { maxLength: 14 });
const more = fc.record({
  directs: sometimes(mostly(fc.array(mostly(direct), { maxLength: 3 }))),
  omitted: sometimes(mostly(fc.array(mostly(omitted), { maxLength: 3 }))),
});
const groupLists = fc.oneof(none, mostly(fc.array(mostly(group), { maxLength: 3 })));

const sum = (counts: object) => Object.values(counts).reduce((all, count) => all + count, 0);

function isCounted(plan: Plan, file: { users: unknown[]; chats: unknown[] }): void {
  const { accounts, knownUsers, duplicates, unreadable } = plan;
  expect(accounts.length + knownUsers + duplicates.length + unreadable.users).toBe(file.users.length);
  expect(sum(plan.rows) + unreadable.rows).toBe(file.chats.length);
}

it('an import of any file counts every user and every message, stores what it counted, and stores it once', async () => {
  await fc.assert(
    fc.asyncProperty(users, rows, groupLists, more, async (users, chats, groups, more) => {
      const file = JSON.parse(JSON.stringify({ users, chats, groups, ...more }));
      const store = await openMemoryStore(() => 1, { fileBytes: 64 * 1024 });
      const plan = await planImport(readSeedFile(JSON.stringify(file)), store, undefined);
      isCounted(plan, file);
      for (const line of importReport(plan, false)) expect(typeof line).toBe('string');
      await applyImport(plan, { store, cipher }, () => {});
      expect(store.uploads()).toEqual([]);
      groupsMade += plan.groups.length;
      let stored = 0;
      for (const { id } of [...plan.conversations, ...plan.groups]) {
        for (const row of await store.messages(id, { limit: 100 })) {
          expect(row.timestamp).toBeGreaterThan(0);
          filesStored += row.attachments?.length ?? 0;
          stored += 1;
        }
      }
      if (stored > 0) importing += 1;
      const { existing, repeated, unknownUser, tooLong, expired, ...imported } = plan.rows;
      expect(stored).toBe(sum(imported));
      const again = await planImport(readSeedFile(JSON.stringify(file)), store, undefined);
      isCounted(again, file);
      const { accounts, rawPasswordIds, conversations, headers, settings } = again;
      const left = [accounts, rawPasswordIds, conversations, again.groups, headers, settings];
      expect(left.flat()).toEqual([]);
      settingsMade += plan.settings.length;
      await store.close();
    }),
    { numRuns: runs, ...seed },
  );
  // The premise: some messages have files, whose bytes are nowhere.
  expect(filesStored).toBeGreaterThan(0);
  expect(settingsMade).toBeGreaterThan(0);
  // The premise: some runs import groups; most of the random ones are refused.
  expect(groupsMade).toBeGreaterThan(0);
  // The premise: many runs import messages; about 60 % do.
  expect(importing).toBeGreaterThan(runs / 4);
});
