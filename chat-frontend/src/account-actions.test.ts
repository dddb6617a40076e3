import { expect, test } from 'vitest';
import type { Delta } from '../../chat-core/src/wire/wire.ts';
import { fakeClock } from '../test/support/fake-clock.ts';
import { createAccountActions } from './account-actions.ts';
import type { AccountApi } from './api/account.ts';
import { ApiError } from './api/api-error.ts';
import { memoryKeyValueStore } from './key-value-store.ts';
import { createSessionStore } from './session/session.ts';
import { createStore } from './state/store.ts';

const sari = { id: '11111111-1111-4111-8111-111111111111', username: 'sari' };
const budi = { id: '22222222-2222-4222-8222-222222222222', username: 'Budi' };
const lost = () => new ApiError('NETWORK');

/** A page whose server answers each call with the next of `answers`; an Error is thrown. */
function openPage(answers: unknown[], keyValueStore = memoryKeyValueStore()) {
  const calls: [string, Record<string, unknown>][] = [];
  const api = new Proxy({} as AccountApi, {
    get: (_, name) => async (body: Record<string, unknown>) => {
      calls.push([String(name), body]);
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer;
    },
  });
  const { clock } = fakeClock();
  const session = createSessionStore(keyValueStore, clock, () => undefined);
  const store = createStore(() => undefined);
  const active = () => undefined;
  const actions = createAccountActions({
    api,
    store,
    session,
    active,
    keyValueStore,
    deviceName: async () => 'Web',
  });
  return { actions, calls, session, store, keyValueStore };
}

test('a login attempt has the same id until it succeeds, also after a reload, and the next one has another', async () => {
  const welcome = { ...sari, contacts: [], token: 'one' };
  const first = openPage([sari, lost()]);
  await expect(first.actions.register('sari', 'kopi-tubruk-pagi')).rejects.toThrow('NETWORK');
  const again = openPage([sari, welcome, welcome], first.keyValueStore);
  await again.actions.register('sari', 'kopi-tubruk-pagi');
  const ids = [...first.calls, ...again.calls].map(([, { attemptId }]) => attemptId);
  expect(ids).toHaveLength(4);
  expect(new Set(ids).size).toBe(1);
  expect(again.session.current()).toMatchObject(sari);
  await again.actions.login('sari', 'kopi-tubruk-pagi');
  expect(again.calls.at(-1)?.[1].attemptId).not.toBe(ids[0]);
  expect(again.keyValueStore.getItem('bisik.attempt')).toBeNull();
});

test('an existing friend counts as added, and another refusal is thrown', async () => {
  const already = new ApiError('ALREADY_FRIENDS', 400);
  const page = openPage([already, already, new ApiError('NO_SUCH_USER', 404)]);
  await expect(page.actions.addFriend('budi')).rejects.toThrow('ALREADY_FRIENDS');
  const delta: Delta = { cursor: 'x', pollAfterMs: 0, reset: true, friends: [budi], conversations: [] };
  page.store.dispatch({ type: 'signed-in', me: sari, drafts: {} });
  page.store.dispatch({ type: 'delta', delta, at: 0 });
  expect(await page.actions.addFriend('BUDI')).toMatchObject({ contact: budi });
  await expect(page.actions.addFriend('budi')).rejects.toThrow('NO_SUCH_USER');
});

test('a password change that turned out to be done is not repeated', async () => {
  const page = openPage([lost(), lost(), { token: 'second' }, { token: 'third' }]);
  page.session.begin(sari, 'first');
  const change = () => page.actions.changePassword('kopi-tubruk-pagi', 'jahe-hangat-malam');
  await expect(change()).rejects.toThrow('NETWORK');
  page.session.end('first');
  await expect.poll(() => page.session.current()?.token).toBe('second');
  await change();
  expect(page.calls).toHaveLength(3);
  // It is remembered once: the next change is sent.
  await change();
  expect(page.session.current()?.token).toBe('third');
});

test('a password change whose answer is lost is requested again at once', async () => {
  const page = openPage([lost(), { token: 'second' }]);
  page.session.begin(sari, 'first');
  await page.actions.changePassword('kopi-tubruk-pagi', 'jahe-hangat-malam');
  expect(page.session.current()?.token).toBe('second');
  expect(page.calls[0]).toEqual(page.calls[1]);
});

test('a logout everywhere whose answer is lost is requested again, and ends the session here', async () => {
  const page = openPage([lost(), { message: 'Logged out.' }]);
  page.session.begin(sari, 'first');
  await page.actions.logout('ticket');
  expect(page.session.current()).toBeNull();
  expect(page.calls.map(([name]) => name)).toEqual(['logout', 'logout']);
});

test('the proof that this device has logged in before goes with the next login, also after a log-out', async () => {
  const answer = { ...sari, contacts: [], token: 'first' };
  const { actions, calls, keyValueStore } = openPage([
    { ...answer, deviceProof: 'proof' },
    undefined,
    answer,
  ]);
  await actions.login('sari', 'kopi');
  await actions.logout();
  await actions.login('sari', 'kopi');
  const proofs = calls.filter(([name]) => name === 'login').map(([, body]) => body.deviceProof);
  expect(proofs).toEqual(['', 'proof']);
  expect(keyValueStore.keys()).toContain('bisik.proof');
});
