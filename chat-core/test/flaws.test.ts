import { readFile, stat, writeFile } from 'node:fs/promises';
import { compare } from 'bcrypt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { everythingIn, firstJournal } from './support/disk.ts';
import { type Pair, startPair } from './support/pair.ts';
import { ask, logIn, PASSWORD, type Person, post, signUp } from './support/person.ts';
import { startService } from './support/service.ts';

/** The original project's flaws (security.md §0), each as a regression test against the real pair. */
let pair: Pair;
let victim: Person;
let mallory: Person;

beforeAll(async () => {
  pair = await startPair({}, { hashing: 'real' });
  victim = await signUp(pair.url, 'korban');
  mallory = await signUp(pair.url, 'mallory');
});
afterAll(() => pair.stop());

const code = (body: unknown) => (body as { code: string }).code;

describe('flaws of the original', () => {
  it('O1: knowing a username is not enough to take the account over', async () => {
    // The premise holds here too: adding a friend reveals the id.
    const added = await mallory.post('/friends/add', { myId: mallory.id, friendUsername: 'korban' });
    const { id } = (added.body as { contact: { id: string } }).contact;
    expect(id).toBe(victim.id);
    const input = { userId: id, currentPassword: PASSWORD, newPassword: 'milik-mallory-kini' };
    expect((await mallory.post('/auth/change-password', input)).status).toBe(403);
    expect((await post(`${pair.url}/auth/change-password`, input)).status).toBe(401);
    // The original's own body, without the current password.
    const original = { userId: id, newPassword: 'milik-mallory-kini' };
    expect((await mallory.post('/auth/change-password', original)).status).toBe(400);
    expect((await logIn(pair.url, 'korban')).id).toBe(victim.id);
  });

  it('O2: an id is not a credential', async () => {
    const paths = [`/friends/${victim.id}`, `/chat/history?myId=${victim.id}&friendId=${mallory.id}`];
    for (const path of paths) {
      expect((await ask(pair.url + path)).status).toBe(401);
      expect((await mallory.get(path)).status).toBe(403);
      expect((await victim.get(path)).status).toBe(200);
    }
    const forged = { senderId: victim.id, receiverId: mallory.id, message: 'not by me' };
    expect(code((await mallory.post('/chat/send', forged)).body)).toBe('NOT_YOU');
  });

  it('O3: only friends may write', async () => {
    const stranger = await signUp(pair.url, 'asing');
    // The premise: between friends the same request works.
    const input = { senderId: mallory.id, receiverId: victim.id, message: 'hai' };
    expect((await mallory.post('/chat/send', input)).status).toBe(200);
    for (const receiverId of [victim.id, '00000000-0000-4000-8000-000000000000']) {
      const { status } = await stranger.post('/chat/send', {
        senderId: stranger.id,
        receiverId,
        message: 'spam',
      });
      expect(status).toBe(403);
    }
    const unknown = { senderId: stranger.id, receiverId: 'nobody', message: 'spam' };
    expect((await stranger.post('/chat/send', unknown)).status).toBe(400);
  });

  it('O4: a friendship has two sides, and no one is their own friend', async () => {
    const [a, b] = [await signUp(pair.url, 'sisi.a'), await signUp(pair.url, 'sisi.b')];
    const add = (from: Person, name: string) =>
      from.post('/friends/add', { myId: from.id, friendUsername: name });
    const both = await Promise.all([add(a, 'sisi.b'), add(b, 'sisi.a')]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 400]);
    expect((await a.get(`/friends/${a.id}`)).body).toEqual([{ id: b.id, username: 'sisi.b' }]);
    expect((await b.get(`/friends/${b.id}`)).body).toEqual([{ id: a.id, username: 'sisi.a' }]);
    expect(code((await add(a, 'SISI.A')).body)).toBe('SELF_FRIEND');
    const missing = await add(a, 'tidak.ada');
    expect([missing.status, code(missing.body)]).toEqual([404, 'NO_SUCH_USER']);
  });

  it('O6: twenty people who register at the same time can all log in', async () => {
    const names = Array.from({ length: 20 }, (_, n) => `serentak${n}`);
    const answers = await Promise.all(
      names.map((username) => post(`${pair.url}/auth/register`, { username, password: PASSWORD })),
    );
    expect(answers.map(({ status }) => status)).toEqual(names.map(() => 200));
    await pair.restartCore();
    for (const name of names) expect((await logIn(pair.url, name)).username).toBe(name);
  });

  it('O13: a damaged database stops the start with a sentence, and is not changed', async () => {
    const path = firstJournal(pair.dataDir);
    await pair.core().stop();
    const whole = await readFile(path);
    const damaged = Buffer.from(whole);
    damaged.writeUInt8(damaged.readUInt8(300) ^ 1, 300);
    await writeFile(path, damaged);
    await expect(pair.restartCore()).rejects.toThrow(
      /chat-core cannot start\. .*\.jsonl is damaged at byte \d+/,
    );
    expect((await readFile(path)).equals(damaged)).toBe(true);
    await writeFile(path, whole);
    await pair.restartCore();
    expect((await logIn(pair.url, 'korban')).id).toBe(victim.id);
  });

  it('O13: a second chat-core on the same data is refused, and the first one keeps running', async () => {
    const again = startService('chat-core', {
      PORT: '0',
      CIPHER_PORT: '1',
      DATA_DIR: pair.dataDir,
      KEYS_DIR: pair.keysDir,
    });
    await expect(again).rejects.toThrow('Another process uses');
    expect((await logIn(pair.url, 'korban')).id).toBe(victim.id);
  });

  it('O15: answers reveal no stack and no framework, and other origins may not read them', async () => {
    const broken = await fetch(`${pair.url}/auth/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Origin: 'https://evil.example' },
      body: '{"username":',
    });
    expect(broken.status).toBe(400);
    expect(await broken.text()).toBe(
      '{"error":"The body is not valid JSON in UTF-8.","code":"MALFORMED_JSON"}',
    );
    for (const name of ['x-powered-by', 'access-control-allow-origin', 'server', 'etag']) {
      expect([name, broken.headers.get(name)]).toEqual([name, null]);
    }
    expect(broken.headers.get('x-content-type-options')).toBe('nosniff');
    expect(broken.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('O16: a failed login reveals by no byte whether the name exists; passwords.test.ts covers the time', async () => {
    const guess = (username: string) =>
      post(`${pair.url}/auth/login`, { username, password: 'salah-sandinya' });
    const [known, unknown] = [await guess('korban'), await guess('tidak.ada')];
    expect([known.status, known.body]).toEqual([401, unknown.body]);
    expect(unknown.status).toBe(401);
    const names = ({ headers }: typeof known) => [...headers.keys()];
    expect(names(known)).toEqual(names(unknown));
  });

  it('O17: a password is never cut at 72 bytes, and is refused when it is empty or no text', async () => {
    const register = (username: unknown, password: unknown) =>
      post(`${pair.url}/auth/register`, { username, password });
    const long = 'a'.repeat(72);
    expect((await register('panjang', long)).status).toBe(200);
    expect(
      (await post(`${pair.url}/auth/login`, { username: 'panjang', password: `${long}tail` })).status,
    ).toBe(401);
    expect((await logIn(pair.url, 'panjang', long)).username).toBe('panjang');
    // The premise: bcrypt by itself accepts the longer one.
    const [, password = ''] =
      /"username":"panjang","password":"([^"]+)"/.exec(everythingIn(pair.dataDir)) ?? [];
    expect(await compare(`${long}tail`, password)).toBe(true);
    for (const bad of ['', 'b'.repeat(1025), {}, null, ['kopi-tubruk'], 12345678]) {
      expect((await register('lain', bad)).status).toBe(400);
    }
    for (const bad of ['', {}, '__proto__', 'constructor!', null]) {
      expect((await register(bad, PASSWORD)).status).toBe(400);
    }
  });

  it('O18: a message that is not text is refused', async () => {
    const text = { senderId: victim.id, receiverId: mallory.id, message: 'teks' };
    expect((await victim.post('/chat/send', text)).status).toBe(200);
    for (const message of [{ a: 1 }, ['x'], 7, null, true]) {
      const { status } = await victim.post('/chat/send', {
        senderId: victim.id,
        receiverId: mallory.id,
        message,
      });
      expect(status).toBe(400);
    }
  });

  it('O19: chat-core stops with exit code 0 and loses no acknowledged message', async () => {
    const sends = Array.from({ length: 30 }, (_, n) =>
      victim.post('/chat/send', { senderId: victim.id, receiverId: mallory.id, message: `under way ${n}` }),
    );
    const settled = Promise.allSettled(sends);
    await sends[0];
    expect(await pair.core().stop()).toBe(0);
    const answers = await settled;
    const acknowledged = answers.flatMap((answer) =>
      answer.status === 'fulfilled' && answer.value.status === 200
        ? [(answer.value.body as { id: string }).id]
        : [],
    );
    await pair.restartCore();
    const path = `/chat/history?myId=${victim.id}&friendId=${mallory.id}&limit=200`;
    const stored = new Set(((await victim.get(path)).body as { id: string }[]).map(({ id }) => id));
    expect(acknowledged.length).toBeGreaterThan(0);
    for (const id of acknowledged) expect(stored.has(id)).toBe(true);
  });

  it('O20: the heap limit applies to the running core, and only the owner can read the database', async () => {
    const line = pair
      .core()
      .log()
      .split('\n')
      .find((text) => text.includes('heapLimitMiB'));
    const { heapLimitMiB } = JSON.parse(line ?? '{}');
    // 512 MB of old space and the young generation beside it; without the option it is thousands.
    expect(heapLimitMiB).toBeGreaterThan(512);
    expect(heapLimitMiB).toBeLessThan(800);
    expect((await stat(firstJournal(pair.dataDir))).mode & 0o077).toBe(0);
  });

  it('O21: logging out ends the token itself', async () => {
    const again = await logIn(pair.url, 'korban');
    expect((await again.get('/auth/devices')).status).toBe(200);
    await again.post('/auth/logout', {});
    expect((await again.get('/auth/devices')).status).toBe(401);
    await pair.restartCore('SIGKILL');
    expect((await again.get('/auth/devices')).status).toBe(401);
  });

  it('messages, passwords and tokens never appear in the logs', async () => {
    const canary = 'kanari-di-tambang';
    await victim.post('/chat/send', { senderId: victim.id, receiverId: mallory.id, message: canary });
    await post(`${pair.url}/auth/login`, { username: 'korban', password: canary });
    const log = pair.core().log() + pair.cipher().log();
    expect(log).toContain('asking cipher-service');
    for (const secret of [canary, PASSWORD, victim.token, 'Bearer']) expect(log).not.toContain(secret);
  });
});
