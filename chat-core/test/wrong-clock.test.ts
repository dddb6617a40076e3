import { randomBytes } from 'node:crypto';
import request from 'supertest';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createResetCode } from '../src/auth/reset.ts';
import { mutedAt } from '../src/people/muting.ts';
import { memoryDisk } from '../src/storage/lowdb/disk/memory-disk.ts';
import { openStore } from '../src/storage/lowdb/lowdb-store.ts';
import type { Delta, Device, Invite, LoginAnswer, Message, Muted } from '../src/wire/wire.ts';
import { startApp, type TestApp } from './support/app.ts';
import { type Client, deviceOf, logIn, signUp, signUpFriends } from './support/client.ts';
import { PASSWORD } from './support/person.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 24 * 3_600_000];
const TEN_YEARS = 3652 * DAY;
const NEVER = { dueMs: Number.POSITIVE_INFINITY, maxDelayMs: 2 ** 31 - 1 };
const tokenKey = randomBytes(32);

let disk: ReturnType<typeof memoryDisk>;
let [truth, ahead] = [0, 0];
/** What `truth` gains each time a clock is read. */
let tick = 0;
let test: TestApp;
let ani: Client;
let budi: Client;
let conversationId: string;

/** Starts the core on the same disk. `truth` is the true time; the wall clock is `ahead` of it. */
async function start(): Promise<void> {
  const begun = truth;
  const now = () => {
    truth += tick;
    return truth + ahead;
  };
  const clocks = { now, elapsed: () => truth - begun };
  const store = await openStore(disk, 'box', { ...clocks, groupCommitMs: 0, receiptTimes: NEVER });
  test = await startApp({}, { store, tokenKey });
}
async function restart(): Promise<void> {
  await test.store.close();
  await start();
}
/** Sends a message while the wall clock is wrong by `offMs`. */
async function commitWith(offMs: number): Promise<void> {
  ahead = offMs;
  await send(ani, 'jam berapa?');
  ahead = 0;
}
const send = async (who: Client, message: string): Promise<Message> => {
  const answer = await as(who).post('/chat/send').send({ senderId: who.id, conversationId, message });
  expect(answer.status).toBe(200);
  return answer.body;
};
/** Requests of a person to the core that is running now. */
const as = ({ token }: Client) => ({
  get: (path: string) => request(test.app).get(path).set('Authorization', `Bearer ${token}`),
  post: (path: string) => request(test.app).post(path).set('Authorization', `Bearer ${token}`),
  patch: (path: string) => request(test.app).patch(path).set('Authorization', `Bearer ${token}`),
});
const isIn = async (who: Client) => (await as(who).get('/auth/devices')).status === 200;
const history = async (who = ani): Promise<Message[]> =>
  (await as(who).get(`/chat/history?myId=${who.id}&conversationId=${conversationId}`)).body;

beforeEach(async () => {
  disk = memoryDisk();
  [truth, ahead, tick] = [Date.UTC(2026, 10, 28, 12, 16), 0, 0];
  await start();
  [ani, budi] = await signUpFriends(test);
  conversationId = (await test.store.conversationsOf(ani.id))[0]?.id ?? '';
});

describe.each([
  ['keeps running', async () => {}],
  ['restarts', restart],
])('after one commit ten years ahead, when the box %s', (_, then) => {
  it('a reset code is valid for a quarter of an hour, created before or after a commit ten years ahead', async () => {
    const resetDeps = () => ({ store: test.store, clock: test.store.time.now });
    const reset = (code: string) =>
      request(test.app)
        .post('/auth/reset-password')
        .send({ username: 'ani', code, newPassword: 'jahe-hangat-malam' });
    const isOpen = async (code: string) =>
      (await reset(code).send({ username: 'ani', code, newPassword: 'pendek' })).body.code ===
        'INVALID_PASSWORD' && (await reset(code)).status === 200;
    const { code } = await createResetCode(resetDeps(), 'ani');
    await commitWith(TEN_YEARS);
    await then();
    truth += 14 * MINUTE;
    expect(await isOpen(code)).toBe(true);

    const late = await createResetCode(resetDeps(), 'ani');
    expect(Math.abs(late.expiresAt - (truth + 15 * MINUTE))).toBeLessThan(1000);
    truth += 15 * MINUTE + 1;
    expect(await isOpen(late.code)).toBe(false);
  });

  it('an invite for one day expires after one day, and reports that time, despite a commit ten years ahead', async () => {
    const created = await as(ani).post('/invites').send({ days: 1 });
    const lookUp = () => request(test.app).post('/invites/look').send({ code: created.body.code });
    await commitWith(TEN_YEARS);
    await then();
    truth += DAY - MINUTE;
    expect((await lookUp()).status).toBe(200);
    const [open] = (await as(ani).get('/invites')).body as Invite[];
    expect(Math.abs((open?.expiresAt ?? 0) - (truth + MINUTE))).toBeLessThan(1000);
    truth += MINUTE;
    expect((await lookUp()).body.code).toBe('INVITE_INVALID');
  });

  it('all devices stay logged in for thirty days, and a new login logs no one out, despite a commit ten years ahead', async () => {
    const phone = await logIn(test, 'ani');
    ahead = TEN_YEARS;
    const tablet = await logIn(test, 'ani');
    expect(await isIn(ani)).toBe(true);
    ahead = 0;
    await then();
    truth += 29 * DAY;
    const late = await logIn(test, 'ani');
    for (const one of [ani, phone, tablet, budi, late]) expect(await isIn(one)).toBe(true);
    const devices = (await as(late).get('/auth/devices')).body as Device[];
    for (const { lastSeenAt } of devices) expect(lastSeenAt).toBeLessThanOrEqual(truth);
    truth += DAY + 1000;
    for (const one of [ani, phone, tablet, budi]) expect(await isIn(one)).toBe(false);
    expect(await isIn(late)).toBe(true);
  });

  it('a mute of eight hours ends after eight hours despite a commit ten years ahead', async () => {
    const answer = await as(budi).post('/chat/mute').send({ conversationId, for: '8h' });
    await commitWith(TEN_YEARS);
    await then();
    truth += 8 * HOUR - MINUTE;
    const whole = (await as(budi).get('/sync')).body as Delta;
    const [muted] = (whole.me as { muted?: Muted[] }).muted ?? [];
    expect(Math.abs((muted?.until ?? 0) - (truth + MINUTE))).toBeLessThan(1000);
    expect(answer.body.muted[0].until).toBe(muted?.until);
    const isNotified = async () =>
      mutedAt(await test.store.account(budi.id), conversationId, test.store.time.now()) === 'nothing';
    expect(await isNotified()).toBe(false);
    truth += MINUTE;
    expect(await isNotified()).toBe(true);
  });

  it('a poll for eight hours closes after eight hours, and reports that time, despite a commit ten years ahead', async () => {
    const { id } = (
      await as(ani)
        .post('/groups')
        .send({ name: 'Keluarga', memberIds: [budi.id] })
    ).body;
    const poll = { question: 'Makan apa?', answers: ['Soto', 'Rawon'], closesAt: truth + 8 * HOUR };
    const { seq } = (await as(ani).post('/chat/send').send({ senderId: ani.id, conversationId: id, poll }))
      .body as Message;
    const read = async () => {
      const path = `/chat/history?myId=${budi.id}&conversationId=${id}&after=${seq - 1}`;
      return ((await as(budi).get(path)).body as Message[])[0]?.poll;
    };
    await commitWith(TEN_YEARS);
    await then();
    truth += 8 * HOUR - MINUTE;
    const open = await read();
    expect(Math.abs((open?.closesAt ?? 0) - (truth + MINUTE))).toBeLessThan(1000);
    expect(open?.closed).toBeUndefined();
    truth += MINUTE;
    expect((await read())?.closed).toBe(true);
  });

  it('messages after one that is dated ten years ahead have the true time again', async () => {
    const before = await send(budi, 'setengah tiga');
    await commitWith(TEN_YEARS);
    await then();
    truth += MINUTE;
    await send(budi, 'jammu salah');
    const times = (await history()).map(({ timestamp }) => timestamp);
    expect(times).toEqual([before.timestamp, before.timestamp + TEN_YEARS, before.timestamp + MINUTE]);
  });
});

describe('a wrong clock', () => {
  it.each([
    ['three hours', -3 * HOUR],
    ['56 years', -Date.UTC(2026, 10, 28, 12, 16)],
  ])(
    'with a clock that is %s behind, the times in a conversation never go back, whether the box keeps running or restarts',
    async (_, off) => {
      await send(ani, 'sudah sampai?');
      ahead = off;
      truth += MINUTE;
      await send(budi, 'belum');
      await restart();
      truth += MINUTE;
      await send(ani, 'kabari ya');
      ahead = 0;
      truth += MINUTE;
      await send(budi, 'sampai');
      const times = (await history()).map(({ timestamp }) => timestamp);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(times.at(-1)).toBe(truth);
      // The chat list is ordered by revision.
      const revs = (await history()).map(({ rev }) => rev);
      expect(revs).toEqual(revs.toSorted((a, b) => a - b));
    },
  );

  it('a clock that is behind or ahead leaves a message editable for as long as the box allows, and no longer', async () => {
    const edit = async ({ seq }: Message, message: string) =>
      (await as(ani).patch(`/conversations/${conversationId}/messages/${seq}`).send({ message })).body.code;
    for (const off of [-3 * HOUR, -Date.UTC(2026, 10, 28), 9 * HOUR, TEN_YEARS]) {
      ahead = off;
      const row = await send(ani, 'jam tiga');
      ahead = 0;
      truth += MINUTE;
      expect([off, await edit(row, 'jam empat')]).toEqual([off, undefined]);
      ahead = off;
      expect([off, await edit(row, 'jam lima')]).toEqual([off, undefined]);
      truth += 14 * MINUTE;
      for (const now of [off, 0, -3 * HOUR]) {
        ahead = now;
        expect([off, now, await edit(row, 'jam enam')]).toEqual([off, now, 'EDIT_TOO_LATE']);
      }
      ahead = 0;
    }
  });

  it('a message that is dated in the future, as older versions wrote them, cannot be edited', async () => {
    const row = await send(ani, 'dari masa depan');
    await test.store.transact(async (tx) => {
      const known = await tx.message(conversationId, row.seq);
      if (known) await tx.appendMessage({ ...known, id: 'dated', timestamp: truth + 3 * HOUR });
    });
    const answer = await as(ani)
      .patch(`/conversations/${conversationId}/messages/${row.seq + 1}`)
      .send({ message: 'lain' });
    expect(answer.body.code).toBe('EDIT_TOO_LATE');
  });
});

it('messages that overtake each other while they are sealed are dated in the order of their seq, and few are sealed again', async () => {
  const { seal } = test.cipher;
  const COUNT = 16;
  const waiting: (() => void)[] = [];
  let [sealed, stored] = [0, 0];
  tick = 1;
  // All that are not stored wait here for each other; the last one goes on first.
  const goOn = () => {
    if (waiting.length + stored === COUNT) for (const next of waiting.splice(0).toReversed()) next();
  };
  test.cipher.seal = async (text, binding) => {
    sealed += 1;
    await new Promise<void>((next) => {
      waiting.push(next);
      goOn();
    });
    return seal(text, binding);
  };
  const sendOne = async (_: unknown, n: number) => {
    await send(n % 2 ? ani : budi, `pesan ${n}`);
    stored += 1;
    goOn();
  };
  await Promise.all(Array.from({ length: COUNT }, sendOne));
  const messages = await history();
  expect(messages).toHaveLength(COUNT);
  expect(messages.filter(({ locked }) => locked)).toEqual([]);
  const times = messages.map(({ timestamp }) => timestamp);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  // The first one is stored as it is. One by one the others would be sealed 136 times.
  expect(sealed).toBeGreaterThan(COUNT);
  expect(sealed).toBeLessThanOrEqual(3 * COUNT);
});

it('a poll returns the time of the box, also to a page of another origin', async () => {
  const origin = 'https://chat.example.org';
  test = await startApp({ CORS_ORIGINS: origin }, { store: test.store, tokenKey });
  ahead = -3 * HOUR;
  const first = await as(ani).get('/sync').set('Origin', origin);
  const cursor = (first.body as Delta).cursor;
  const nothing = await as(ani).get('/sync').set('Origin', origin).set('Last-Event-ID', cursor);
  expect([first.status, nothing.status]).toEqual([200, 204]);
  for (const { headers } of [first, nothing]) {
    expect(Number(headers['box-time'])).toBe(truth - 3 * HOUR);
    expect(headers['access-control-expose-headers']).toContain('Box-Time');
  }
});

describe('the devices of an account', () => {
  const login = () => request(test.app).post('/auth/login').send({ username: 'ani', password: PASSWORD });

  it('an eleventh device replaces the one that was unused for longest', async () => {
    const phone = ani;
    const idle: Client[] = [];
    for (let n = 0; n < 9; n++) {
      truth += HOUR;
      idle.push(await logIn(test, 'ani'));
      expect(await isIn(phone)).toBe(true);
    }
    truth += HOUR;
    await login().expect(200);
    expect(await isIn(phone)).toBe(true);
    const [first] = idle as [Client];
    expect(await isIn(first)).toBe(false);
  });

  it('the last use of a device is known to the hour without a write', async () => {
    const revision = test.store.revision();
    for (let n = 0; n < 20; n++) {
      truth += 17 * MINUTE;
      expect(await isIn(ani)).toBe(true);
    }
    expect(test.store.revision()).toBe(revision);
    const seenOf = async () =>
      ((await as(ani).get('/auth/devices')).body as Device[]).find(({ id }) => id === deviceOf(ani))
        ?.lastSeenAt ?? 0;
    const used = truth;
    expect(used - (await seenOf())).toBeLessThan(HOUR);
    // It is written at the stop and read at the next start.
    await restart();
    const known = (await test.store.account(ani.id))?.devices.find(({ id }) => id === deviceOf(ani));
    expect(used - (known?.lastSeenAt ?? 0)).toBeLessThan(HOUR);
  });

  it('the last use of a device survives a change of an account that was read before it', async () => {
    truth += 2 * HOUR;
    await test.store.transact(async (tx) => {
      const account = await tx.account(ani.id);
      expect(await isIn(ani)).toBe(true);
      if (account) await tx.saveAccount({ ...account, formerName: 'ani-lama' });
    });
    expect((await test.store.account(ani.id))?.devices[0]?.lastSeenAt).toBe(truth);
    await signUp(test, 'citra');
    const answer = (await login()).body as LoginAnswer;
    expect(answer.token).toBeTypeOf('string');
  });
});
