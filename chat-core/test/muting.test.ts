import { beforeEach, expect, it, vi } from 'vitest';
import { DEFAULT_PERMISSIONS } from '../src/wire/groups.ts';
import type { Delta, Muted, MuteFor } from '../src/wire/wire.ts';
import { startApp, type TestApp } from './support/app.ts';
import { type Client, logIn, signUp, signUpFriends } from './support/client.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

const HOUR_MS = 3_600_000;
let test: TestApp;
let ani: Client;
let budi: Client;
let conversationId: string;
beforeEach(async () => {
  test = await startApp();
  [ani, budi] = await signUpFriends(test);
  conversationId = (await test.store.conversationsOf(ani.id))[0]?.id ?? '';
});

const mute = (who: Client, length: MuteFor, id = conversationId) =>
  who.post('/chat/mute', { conversationId: id, for: length });
const poll = async (who: Client, cursor?: string): Promise<Delta | undefined> => {
  const answer = await who.get('/sync', cursor ? { 'Last-Event-ID': cursor } : {});
  return answer.status === 204 ? undefined : (answer.body as Delta);
};

it('a mute reaches the person’s other devices and no one else', async () => {
  const phone = await logIn(test, 'budi');
  const [own, others] = [await poll(phone), await poll(ani)];
  const answer = await mute(budi, '8h');
  const muted: Muted[] = [{ conversationId, until: test.clock.now + 8 * HOUR_MS }];
  expect([answer.status, answer.body]).toEqual([200, { muted }]);
  expect((await poll(phone, own?.cursor))?.me?.muted).toEqual(muted);
  expect(await poll(ani, others?.cursor)).toBeUndefined();
});

it('a mute survives other changes of the profile, and ends when it is switched off', async () => {
  await mute(budi, 'always');
  await budi.patch('/me', { displayName: 'Budi S.', privacy: { typing: 'nobody' } });
  expect((await poll(budi))?.me).toMatchObject({ displayName: 'Budi S.', muted: [{ conversationId }] });
  await mute(budi, 'off');
  const me = (await poll(budi))?.me;
  expect(me).toMatchObject({ displayName: 'Budi S.', privacy: { typing: 'nobody' } });
  expect(me).not.toHaveProperty('muted');
});

it('expired mutes are removed with the next change, and a repeated mute writes nothing', async () => {
  await mute(budi, '1w');
  await signUp(test, 'citra');
  await budi.post('/friends/add', { myId: budi.id, friendUsername: 'citra' });
  const other = (await test.store.conversationsOf(budi.id)).find(({ id }) => id !== conversationId)?.id ?? '';
  test.clock.now += 7 * 24 * HOUR_MS + 1;
  expect((await mute(budi, 'always', other)).body.muted).toEqual([{ conversationId: other }]);
  const before = test.store.revision();
  await mute(budi, 'always', other);
  await mute(budi, 'off');
  expect(test.store.revision()).toBe(before);
});

it('the number of muted conversations is limited', async () => {
  const many = Array.from({ length: 200 }, (_, n) => ({ conversationId: `other-${n}` }));
  const member = { userId: budi.id, role: 'owner', fromSeq: 1, joinedSeq: 0 } as const;
  const name = { v: 1, kid: '', content: '', edit: 1 } as const;
  const group = { edit: 1, name, members: [member], permissions: DEFAULT_PERMISSIONS } as const;
  await test.store.transact(async (tx) => {
    for (const { conversationId: id } of many) {
      await tx.saveGroup(id, { ...group, members: [member], newcomersRead: 'none' });
    }
    await tx.saveProfile(budi.id, { edit: 0, muted: many }, { isShown: false });
  });
  const refused = await mute(budi, 'always');
  expect([refused.status, refused.body.code]).toEqual([409, 'LIST_FULL']);
});
