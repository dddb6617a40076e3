import { expect, test, vi } from 'vitest';
import { fakeClock } from '../../test/support/fake-clock.ts';
import { ApiError } from '../api/api-error.ts';
import { memoryKeyValueStore } from '../key-value-store.ts';
import { createSessionStore, type Session, tokenOf } from './session.ts';

const sari = { id: '11111111-1111-4111-8111-111111111111', username: 'sari' };
const DAY_MS = 24 * 60 * 60 * 1_000;

function openSession(keyValueStore = memoryKeyValueStore()) {
  const time = fakeClock();
  const changes: (Session | null)[] = [];
  const ends: boolean[] = [];
  const session = createSessionStore(keyValueStore, time.clock, (next, isExpired) => {
    changes.push(next);
    ends.push(isExpired);
  });
  return { session, keyValueStore, changes, ends, ...time };
}

test('a session survives a reload', () => {
  const { session, keyValueStore } = openSession();
  session.begin(sari, 'first');
  expect(openSession(keyValueStore).session.current()).toMatchObject({ ...sari, token: 'first' });
});

test('damaged storage means signed out, not a broken page', () => {
  const keyValueStore = memoryKeyValueStore();
  for (const text of ['{', '7', '"x"', '{"id":1}', '[]']) {
    keyValueStore.setItem('bisik.session', text);
    expect(openSession(keyValueStore).session.current()).toBeNull();
  }
});

test('a late 401 for an old token leaves the renewed session alone', () => {
  const { session } = openSession();
  session.begin(sari, 'first');
  session.renew('second');
  session.end('first');
  expect(session.current()?.token).toBe('second');
  session.end('second');
  expect(session.current()).toBeNull();
});

test('a tab that missed a renewal by another tab takes its token, instead of ending the session of both', () => {
  const { session, keyValueStore } = openSession();
  session.begin(sari, 'first');
  const other = openSession(keyValueStore).session;
  other.renew('second');
  expect(session.current()?.token).toBe('first');
  session.end('first');
  expect([session.current()?.token, openSession(keyValueStore).session.current()?.token]).toEqual([
    'second',
    'second',
  ]);
});

test('a report that the token has ended waits while this page itself is replacing it', async () => {
  const { session, changes, ends } = openSession();
  session.begin(sari, 'first');
  await session.changing(async () => {
    session.end('first');
    session.renew('second');
  });
  expect(session.current()?.token).toBe('second');

  // The work got no new token: the session was ended elsewhere.
  const refused = session.changing(async () => {
    session.end('second');
    throw new Error('wrong password');
  });
  await expect(refused).rejects.toThrow('wrong password');
  expect(session.current()).toBeNull();
  expect(ends.at(-1)).toBe(true);

  session.begin(sari, 'third');
  await session.changing(async () => {
    session.end('third');
    session.end();
  });
  expect(changes.at(-1)).toBeNull();
  expect(ends.at(-1)).toBe(false);
});

test('a change is reported for another account or none, not for a new token', () => {
  const { session, changes } = openSession();
  session.begin(sari, 'first');
  session.renew('second');
  expect(changes).toHaveLength(1);
  session.end();
  expect(changes).toHaveLength(2);
});

test('a logout in another tab ends the session of this one', () => {
  const { session, keyValueStore, changes } = openSession();
  session.begin(sari, 'first');
  keyValueStore.removeItem('bisik.session');
  session.reread();
  expect(changes.at(-1)).toBeNull();
});

test('an end of the session in another tab does not take the account away from a logout that is in progress', async () => {
  const { session, keyValueStore, changes, ends } = openSession();
  session.begin(sari, 'first');
  await session.changing(async () => {
    // The server has ended the token, and another tab was refused with it.
    keyValueStore.removeItem('bisik.session');
    session.reread();
    expect([session.current()?.token, changes.length]).toEqual(['first', 1]);
    session.end();
  });
  expect([session.current(), ends]).toEqual([null, [false, false]]);
});

test('an end of the session in another tab is followed after a token change that failed', async () => {
  const { session, keyValueStore } = openSession();
  session.begin(sari, 'first');
  const refused = session.changing(async () => {
    keyValueStore.removeItem('bisik.session');
    session.reread();
    throw new ApiError('WRONG_PASSWORD', 401);
  });
  await expect(refused).rejects.toThrow('WRONG_PASSWORD');
  expect(session.current()).toBeNull();
});

test('a token is due for renewal after a day, also when the clock was set back', async () => {
  const { session, pass } = openSession();
  session.begin(sari, 'first');
  expect(session.renewalDue()).toBe(false);
  await pass(DAY_MS);
  expect(session.renewalDue()).toBe(true);
  session.renew('second');
  expect(session.renewalDue()).toBe(false);
});

test('a token change whose answer was lost is repeated once the token turns out to have ended', async () => {
  const { session, ends } = openSession();
  session.begin(sari, 'first');
  const answers = [new ApiError('NETWORK'), new ApiError('TIMEOUT'), 'second'];
  const change = async () => {
    const answer = answers.shift();
    // The poll is refused while the change is on its way.
    if (answers.length === 1) session.end('first');
    if (typeof answer !== 'string') throw answer;
    session.renew(answer);
  };
  await expect(session.changing(change)).rejects.toThrow('NETWORK');
  expect(session.current()?.token).toBe('first');
  session.end('first');
  await Promise.resolve();
  expect([session.current()?.token, answers.length]).toEqual(['first', 1]);
  await vi.waitFor(() => {
    session.end('first');
    expect(session.current()?.token).toBe('second');
  });
  expect([answers, ends]).toEqual([[], [false]]);
});

test('the session ends when the repeated token change is refused', async () => {
  const { session, ends } = openSession();
  session.begin(sari, 'first');
  const answers = [new ApiError('UNKNOWN', 502), new ApiError('UNAUTHENTICATED', 401)];
  await expect(session.changing(() => Promise.reject(answers.shift()))).rejects.toThrow('UNKNOWN');
  session.end('first');
  await vi.waitFor(() => expect(session.current()).toBeNull());
  expect([answers, ends]).toEqual([[], [false, true]]);
});

test('a token change is not repeated after a logout or a login to another account', async () => {
  const { session } = openSession();
  session.begin(sari, 'first');
  let times = 0;
  const lost = session.changing(() => {
    times += 1;
    return Promise.reject(new ApiError('NETWORK'));
  });
  await expect(lost).rejects.toThrow('NETWORK');
  session.end();
  session.begin({ ...sari, id: '22222222-2222-4222-8222-222222222222' }, 'other');
  session.end('other');
  await Promise.resolve();
  expect([session.current(), times]).toEqual([null, 1]);
});

test('what an account still has to send keeps its token when another tab signs in another account, and takes a renewed one', () => {
  const { session, keyValueStore } = openSession();
  session.begin(sari, 'first');
  const token = tokenOf(session.current() ?? expect.fail('no session'), session);
  session.renew('second');
  expect(token()).toBe('second');
  openSession(keyValueStore).session.begin({ ...sari, id: 'budi' }, 'of budi');
  session.reread();
  expect([session.current()?.token, token()]).toEqual(['of budi', 'second']);
  session.end();
  expect(token()).toBe('second');
});
