import { randomUUID } from 'node:crypto';
import { beforeEach, expect, it, vi } from 'vitest';
import { openMemoryStore } from '../src/storage/lowdb/lowdb-store.ts';
import type { StoredMessage } from '../src/storage/store.ts';
import { EXAMPLE } from '../src/wire/examples.ts';
import { startApp, type TestApp } from './support/app.ts';
import { type Client, signUpFriends } from './support/client.ts';
import { reauthenticate } from './support/person.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

const DAY_S = 86_400;

let test: TestApp;
let store: Awaited<ReturnType<typeof openMemoryStore>>;
let files: Map<string, Buffer>;
let ani: Client;
let budi: Client;
let direct: string;
/** What was forgotten in the cache of plain texts: ciphertexts, and conversations. */
let forgotten: (string | undefined)[];
const now = { ms: 0 };

async function begin(): Promise<void> {
  now.ms = Date.UTC(2026, 0, 5);
  files = new Map();
  store = await openMemoryStore(() => now.ms, { schedule: () => () => {} }, files);
  test = await startApp({ PLAINTEXT_CACHE: 'off' }, { store });
  forgotten = [];
  test.cipher.forget = (contents, conversationId) => {
    forgotten.push(...contents, conversationId);
  };
  [ani, budi] = await signUpFriends(test);
  direct = (await store.directBetween(ani.id, budi.id))?.id ?? '';
}
beforeEach(begin);

const ok = async <T>(answer: Promise<{ status: number; body: T }>): Promise<T> => {
  const { status, body } = await answer;
  expect([status, body]).toEqual([200, body]);
  return body;
};
const send = async (conversationId = direct, who = ani): Promise<StoredMessage> => {
  const sent = await ok(
    who.post('/chat/send', { senderId: who.id, conversationId, message: `rahasia ${randomUUID()}` }),
  );
  return (await store.message(conversationId, sent.seq)) as StoredMessage;
};
const pathOf = ({ conversationId, seq }: StoredMessage) => `/conversations/${conversationId}/messages/${seq}`;
const newGroup = async (): Promise<string> =>
  (await ok(ani.post('/groups', { name: 'Keluarga', memberIds: [budi.id] }))).id;
const schedule = async (inMs: number): Promise<string> => {
  const input = { conversationId: direct, message: 'rahasia nanti', at: store.time.wall() + inMs };
  await ok(ani.post('/chat/scheduled', { ...input, clientMessageId: randomUUID() }));
  return (await store.account(ani.id))?.scheduled?.[0]?.content ?? '';
};
const scheduledId = async () => (await store.account(ani.id))?.scheduled?.[0]?.id ?? '';
const deleteAccount = async () => {
  const { ticket } = (await reauthenticate(ani)).body;
  await ok(ani.delete('/me', { 'Reauthentication-Ticket': ticket }));
};

/**
 * Everything that removes or replaces something sealed. Each stores it and returns its ciphertext, a function that removes it,
 * and what is to be forgotten where that is not the ciphertext: names, profiles and pictures are in no cache of messages.
 */
type Removal = () => Promise<{ sealed: string; remove: () => Promise<unknown>; forgets?: string | null }>;
const REMOVALS: Record<string, Removal> = {
  'an edit': async () => {
    const row = await send();
    return { sealed: row.content, remove: () => ok(ani.patch(pathOf(row), { message: 'lain' })) };
  },
  'a deletion for everyone': async () => {
    const row = await send();
    return { sealed: row.content, remove: () => ok(ani.delete(`${pathOf(row)}?for=everyone`)) };
  },
  'a deletion of a message with a reaction': async () => {
    const row = await send();
    await ok(budi.putJson(`${pathOf(row)}/reactions/${encodeURIComponent('👍')}`, {}));
    const sealed = (await store.message(direct, row.seq))?.reactions?.content ?? '';
    return { sealed, remove: () => ok(ani.delete(`${pathOf(row)}?for=everyone`)) };
  },
  'a reaction that is taken back': async () => {
    const row = await send();
    const path = `${pathOf(row)}/reactions/${encodeURIComponent('👍')}`;
    await ok(budi.putJson(path, {}));
    const sealed = (await store.message(direct, row.seq))?.reactions?.content ?? '';
    return { sealed, remove: () => ok(budi.delete(path)) };
  },
  'the sweep of what has expired': async () => {
    await ok(ani.putJson(`/conversations/${direct}/expiry`, { after: DAY_S }));
    const row = await send();
    const remove = async () => {
      now.ms += DAY_S * 1000;
      await test.expirySweep.run();
    };
    return { sealed: row.content, remove };
  },
  'the deletion of a group': async () => {
    const group = await newGroup();
    const row = await send(group);
    return { sealed: row.content, remove: () => ok(ani.delete(`/groups/${group}`)), forgets: group };
  },
  'the last member who leaves a group': async () => {
    const group = await newGroup();
    const row = await send(group);
    await ok(budi.delete(`/groups/${group}/members/${budi.id}`));
    const remove = () => ok(ani.delete(`/groups/${group}/members/${ani.id}`));
    return { sealed: row.content, remove, forgets: group };
  },
  'another name of a group': async () => {
    const group = await newGroup();
    const header = await store.conversation(group);
    const sealed = header?.kind === 'group' ? header.group.name.content : '';
    return { sealed, remove: () => ok(ani.patch(`/groups/${group}`, { name: 'Lain' })), forgets: null };
  },
  'another profile': async () => {
    await ok(ani.patch('/me', { about: 'rahasia' }));
    const sealed = (await store.account(ani.id))?.profile?.texts?.content ?? '';
    return { sealed, remove: () => ok(ani.patch('/me', { about: 'lain' })), forgets: null };
  },
  'a picture that is removed': async () => {
    await ok(ani.patch('/me', { picture: { type: 'image/png', data: EXAMPLE.png } }));
    const sealed = (await store.picture(ani.id))?.pieces[0]?.content ?? '';
    return { sealed, remove: () => ok(ani.patch('/me', { picture: null })), forgets: null };
  },
  'a scheduled text that is deleted': async () => {
    const sealed = await schedule(3_600_000);
    return { sealed, remove: async () => ok(ani.delete(`/chat/scheduled/${await scheduledId()}`)) };
  },
  'a scheduled text that was sent': async () => {
    const sealed = await schedule(3_600_000);
    const remove = async () => {
      now.ms += 3_600_000;
      // Whatever is scheduled lets what is due be sent.
      await schedule(3_600_000);
      await vi.waitFor(() => expect(forgotten).toContain(sealed));
    };
    return { sealed, remove };
  },
  'the deletion of an account with a scheduled text': async () => ({
    sealed: await schedule(3_600_000),
    remove: deleteAccount,
  }),
  'the deletion of an account with notes': async () => {
    const { conversationId } = await ok(ani.post('/notes', {}));
    const row = await send(conversationId);
    return { sealed: row.content, remove: deleteAccount };
  },
  'the deletion of an account with a group of its own': async () => {
    const group = await newGroup();
    const row = await send(group);
    await ok(budi.delete(`/groups/${group}/members/${budi.id}`));
    return { sealed: row.content, remove: deleteAccount, forgets: group };
  },
  'the deletion of an account with a profile': async () => {
    await ok(ani.patch('/me', { about: 'rahasia' }));
    const sealed = (await store.account(ani.id))?.profile?.texts?.content ?? '';
    return { sealed, remove: deleteAccount, forgets: null };
  },
};

const isOnDisk = (sealed: string) => [...files.values()].some((bytes) => bytes.includes(sealed));

it.each(Object.entries(REMOVALS))(
  'after %s the next checkpoint leaves no byte of the ciphertext on the disk, and the cache has no plain text of it',
  async (_, prepare) => {
    const { sealed, remove, forgets = sealed } = await prepare();
    expect([sealed !== '', isOnDisk(sealed)]).toEqual([true, true]);
    await remove();
    if (forgets !== null) expect(forgotten).toContain(forgets);
    await store.checkpoint();
    expect(isOnDisk(sealed)).toBe(false);
  },
);

it('what was removed before a kill is erased by the next start, for every kind of it', async () => {
  for (const [name, prepare] of Object.entries(REMOVALS)) {
    const { sealed, remove } = await prepare();
    await remove();
    const copy = new Map([...files].map(([path, bytes]) => [path, Buffer.from(bytes)]));
    const next = await openMemoryStore(() => now.ms, { schedule: () => () => {} }, copy);
    await next.checkpoint();
    expect([name, [...copy.values()].some((bytes) => bytes.includes(sealed))]).toEqual([name, false]);
    await next.close();
    test.endPolls();
    await begin();
  }
});
