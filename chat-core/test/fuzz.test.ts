import { randomUUID } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import request from 'supertest';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { hashCode } from '../src/auth/codes.ts';
import { sealPicture } from '../src/people/picture.ts';
import { EXAMPLE } from '../src/schemas.ts';
import { openServer } from '../src/server.ts';
import type { Account } from '../src/storage/store.ts';
import { startApp, type TestApp } from './support/app.ts';
import { type Client, enter, joinFriends } from './support/client.ts';
import type { Document } from './support/document.ts';
import { fuzz, type Target } from './support/fuzz.ts';
import { PASSWORD } from './support/person.ts';
import { hash } from './support/quick-bcrypt.ts';

// Forty thousand requests would be forty minutes of hashing; what is fuzzed is everything around it.
vi.mock('../src/auth/hashing.ts', () => import('./support/quick-bcrypt.ts'));

/** What succeeds at most a few times: it changes what the next requests stand on. */
const ONCE = new Set([
  'post /friends/add',
  'post /friends/accept',
  'post /friends/decline',
  'post /friends/withdraw',
  'post /friends/remove',
  'post /invites',
  'post /invites/revoke',
  'post /auth/register',
  'post /auth/reset-password',
]);
const RUNS = Number(process.env.FUZZ_RUNS || 40_000);
/** The same requests each time, so that no change fails for another's fault; FUZZ_SEED looks elsewhere. */
const SEED = Number(process.env.FUZZ_SEED || 1);

let test: TestApp;
let people: Client[];
let document: Document;
let server: Server;

beforeEach(async () => {
  // A poll that is held takes its time and shows nothing new.
  test = await startApp({ MAX_HELD_POLLS: '0' });
  people = await joinFriends(test);
  document = (await request(test.app).get('/api-docs.json')).body;
});
afterEach(() => {
  server.close();
  server.closeAllConnections();
});

/** The fuzz may have changed it; the code that the examples name sets another. */
async function restorePassword(username: string): Promise<void> {
  const reset = { hash: hashCode('reset', EXAMPLE.resetCode), expiresAt: Number.MAX_SAFE_INTEGER };
  await test.store.transact(async (tx) => {
    const account = await tx.accountByName(username);
    if (account) await tx.saveAccount({ ...account, password: await hash(PASSWORD), reset });
  });
}

/** What Ani and Budi are to each other before an operation: friends, or what it needs to succeed; Budi invites. */
async function settle(operation: string): Promise<void> {
  const [ani, budi] = people.map(({ id }) => id) as [string, string];
  const row = { userId: ani, id: randomUUID(), edit: 1 };
  const picture = await sealPicture(test.cipher, row, { type: 'image/png', data: EXAMPLE.png });
  const none = { contacts: [], asked: [], askedBy: [], blocked: [] };
  const [hers, his]: [Partial<Account>, Partial<Account>] = /accept|decline/.test(operation)
    ? [{ asked: [budi] }, { askedBy: [ani] }]
    : /withdraw/.test(operation)
      ? [{ askedBy: [budi] }, { asked: [ani] }]
      : /friends.add/.test(operation)
        ? [{}, {}]
        : [{ contacts: [budi] }, { contacts: [ani] }];
  const { id, code } = EXAMPLE.invite;
  const invite = { id, hash: hashCode('invite', code), by: budi, uses: 50, used: 0, createdAt: 0 };
  await test.store.transact(async (tx) => {
    await tx.saveInvite({ ...invite, expiresAt: Number.MAX_SAFE_INTEGER });
    for (const [id, lists] of [[ani, hers] as const, [budi, his] as const]) {
      const account = await tx.account(id);
      if (account) await tx.savePeople({ ...account, ...none, ...lists });
    }
    await tx.saveProfile(ani, { edit: 1, picture: { id: row.id, edit: 1 } }, { isShown: true, picture });
  });
}

async function targetOf(made: Server): Promise<Target> {
  server = made;
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const [ani, budi] = people;
  const wish = { senderId: ani?.id, receiverId: budi?.id, message: 'hai' };
  for (let n = 0; n < 3; n++) await ani?.post('/chat/send', wish);
  const conversations = await test.store.conversationsOf(people[0]?.id ?? '');
  return {
    port: (server.address() as AddressInfo).port,
    document,
    ids: {
      ...Object.fromEntries(['myId', 'userId', 'senderId'].map((name) => [name, people[0]?.id ?? ''])),
      ...Object.fromEntries(['friendId', 'receiverId'].map((name) => [name, people[1]?.id ?? ''])),
      conversationId: conversations[0]?.id ?? '',
      clientMessageId: randomUUID(),
      id: EXAMPLE.invite.id,
      friendUsername: 'budi',
    },
    values: { seq: ['1', '2', '3'], before: ['2', '4'], after: ['0', '2'], limit: ['1', '20'] },
    tokens: async () => {
      const fresh: string[] = [];
      for (const name of ['ani', 'budi']) {
        await restorePassword(name);
        const client = await enter(test, name);
        await client.post('/push/subscribe', EXAMPLE.push);
        fresh.push(client.token);
      }
      return fresh;
    },
    settle,
    revision: test.store.revision,
  };
}

it(`${RUNS} requests made from the API document get no 5xx, no leak and no half-done change`, async () => {
  const statuses = await fuzz(await targetOf(openServer(test.app)), RUNS, SEED);
  const all = new Map<number, number>();
  for (const [operation, counts] of statuses) {
    for (const [status, count] of counts) all.set(status, (all.get(status) ?? 0) + count);
    // The premise: requests of every kind get past the checks.
    const good = counts.get(200) ?? 0;
    const least = ONCE.has(operation) ? 1 : 20;
    expect([operation, good >= least]).toEqual([operation, true]);
  }
  expect(all.values().reduce((sum, count) => sum + count)).toBeGreaterThanOrEqual(RUNS);
  for (const status of [200, 204, 400, 401, 403, 404, 405, 413, 415]) {
    expect([status, (all.get(status) ?? 0) > 0]).toEqual([status, true]);
  }
}, 1_200_000);

const FAULTS: [string, RegExp, (listener: RequestListener) => RequestListener][] = [
  [
    'a 500 for one odd field',
    /a 5xx/,
    (next) => (incoming, outgoing) => {
      if (!incoming.url?.includes('__proto__')) return next(incoming, outgoing);
      outgoing.writeHead(500, { 'Content-Type': 'application/json' });
      outgoing.end('{"error":"x","code":"INTERNAL"}');
    },
  ],
  [
    'a stack in an answer',
    /a leak/,
    (next) => (incoming, outgoing) => {
      if (incoming.headers.authorization !== 'Bearer x') return next(incoming, outgoing);
      outgoing.writeHead(401, { 'Content-Type': 'application/json' });
      outgoing.end(JSON.stringify({ error: new Error('no').stack, code: 'UNAUTHENTICATED' }));
    },
  ],
  [
    'an answer off its schema',
    /must/,
    (next) => (incoming, outgoing) => {
      if (!incoming.url?.includes('/health/live')) return next(incoming, outgoing);
      outgoing.writeHead(200, { 'Content-Type': 'application/json' });
      outgoing.end('{"status":"alive"}');
    },
  ],
];

it.each(FAULTS)(
  'the fuzz finds %s when it is planted',
  async (_, found, plant) => {
    const target = await targetOf(createServer(plant(test.app)));
    await expect(fuzz(target, 6000, 1)).rejects.toThrow(found);
  },
  1_200_000,
);

it('the fuzz finds a refusal that stored something when it is planted', async () => {
  const target = await targetOf(openServer(test.app));
  let revision = 0;
  target.revision = () => revision++;
  await expect(fuzz(target, 500, 1)).rejects.toThrow('something was stored');
});
