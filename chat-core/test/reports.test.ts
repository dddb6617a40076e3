import { beforeEach, expect, it, vi } from 'vitest';
import { clearReports } from '../src/friends/reporting.ts';
import { startApp, type TestApp } from './support/app.ts';
import { type Client, signUp, signUpFriends } from './support/client.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

let test: TestApp;
let ani: Client;
let budi: Client;
let conversationId: string;
beforeEach(async () => {
  test = await startApp();
  [ani, budi] = await signUpFriends(test);
  for (const [from, to] of [
    [ani, budi],
    [budi, ani],
  ] as const) {
    const { body } = await from.post('/chat/send', {
      senderId: from.id,
      receiverId: to.id,
      message: 'rahasia',
    });
    conversationId = body.conversationId;
  }
});

const report = (from: Client, more: object) =>
  from.post('/friends/report', { userId: budi.id, reason: 'spam', ...more });
const storedReports = async () => (await test.store.account(budi.id))?.reports ?? [];

it('a report is stored with the message and without its text, and the reported person is not notified', async () => {
  const { cursor } = (await budi.get('/sync')).body;
  expect((await report(ani, { reason: 'abuse', conversationId, seq: 2 })).status).toBe(200);
  expect(await storedReports()).toEqual([
    { by: ani.id, reason: 'abuse', at: test.clock.now, conversationId, seq: 2 },
  ]);
  expect((await budi.get('/sync', { 'Last-Event-ID': cursor })).status).toBe(204);
  expect((await budi.get('/sync')).text).not.toMatch(/abuse|report/);
  const before = test.store.revision();
  expect((await report(ani, { reason: 'abuse', conversationId, seq: 2 })).status).toBe(200);
  expect(test.store.revision()).toBe(before);
});

it.each([
  ['of oneself', () => ({ userId: ani.id }), 400],
  ['of an unknown person', () => ({ userId: '00000000-0000-4000-8000-000000000000' }), 404],
  ['of one’s own message', () => ({ conversationId, seq: 1 }), 400],
  ['of a message that does not exist', () => ({ conversationId, seq: 3 }), 400],
  ['of a message without its conversation', () => ({ seq: 2 }), 400],
  ['with a text', () => ({ text: 'dia jahat' }), 400],
  ['for another reason', () => ({ reason: 'envy' }), 400],
])('a report %s is refused, and nothing is stored', async (_, more, status) => {
  const before = test.store.revision();
  expect((await report(ani, more())).status).toBe(status);
  expect(test.store.revision()).toBe(before);
});

it('a report that names a conversation of others, or a person outside it, is refused', async () => {
  const citra = await signUp(test, 'citra');
  expect((await report(citra, { conversationId, seq: 2 })).body.code).toBe('NOT_MEMBER');
  expect((await report(ani, { userId: citra.id, conversationId })).body.code).toBe('WRONG_CONVERSATION');
});

it('reports are never displaced: five by one reporter about one person, then that one is refused', async () => {
  const reasons = ['spam', 'abuse', 'other'];
  for (let n = 0; n < 3; n++) await report(ani, { reason: reasons[n] });
  for (let n = 0; n < 2; n++) await report(ani, { reason: reasons[n], conversationId });
  const before = await storedReports();
  const sixth = await report(ani, { reason: 'other', conversationId });
  expect([before.length, sixth.status, sixth.body.code]).toEqual([5, 409, 'LIST_FULL']);
  expect(await storedReports()).toEqual(before);
  // A repeat of one that is stored still succeeds.
  expect((await report(ani, { reason: 'spam' })).status).toBe(200);
});

it('few reporters fill half of the room about a person, and the first report of anybody else is stored', async () => {
  const stranger = (n: number, reason: 'spam' | 'abuse' | 'other', seq = 0) => ({
    by: `stranger ${n}`,
    reason,
    at: seq,
    conversationId: `c${seq}`,
  });
  await test.store.transact(async (tx) => {
    const account = await tx.account(budi.id);
    if (!account) throw new Error('no account');
    // Ten accounts of one person, five reports each, and 49 more people.
    const many = Array.from({ length: 50 }, (_, n) => stranger(n % 10, 'spam', n));
    const others = Array.from({ length: 49 }, (_, n) => stranger(10 + n, 'spam', n));
    await tx.saveAccount({ ...account, reports: [...many, ...others] });
  });
  expect((await report(ani, { reason: 'abuse' })).status).toBe(200);
  const all = await storedReports();
  expect([all.length, all.at(-1)?.by]).toEqual([100, ani.id]);
  const citra = await signUp(test, 'citra');
  expect((await report(citra, {})).body.code).toBe('LIST_FULL');
  expect(await storedReports()).toEqual(all);
  expect(await clearReports(test.store, 'budi')).toBe(100);
  expect((await report(citra, {})).status).toBe(200);
});

it('further reports of those who have reported already end at half of the room', async () => {
  await test.store.transact(async (tx) => {
    const account = await tx.account(budi.id);
    if (!account) throw new Error('no account');
    const reports = Array.from({ length: 63 }, (_, n) => ({
      by: `stranger ${n % 13}`,
      reason: 'spam' as const,
      at: n,
      conversationId: `c${n}`,
    }));
    await tx.saveAccount({ ...account, reports });
  });
  expect((await report(ani, { reason: 'abuse' })).status).toBe(200);
  expect((await report(ani, { reason: 'spam' })).body.code).toBe('LIST_FULL');
});
