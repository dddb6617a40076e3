import { once } from 'node:events';
import { Agent, request as rawRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import request, { type Response } from 'supertest';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { compare } from '../src/auth/bcrypt-client.ts';
import { createHttpServer } from '../src/http/server.ts';
import { startApp, type TestApp } from './support/app.ts';
import { type Client, signUpFriends } from './support/client.ts';
import { PASSWORD } from './support/person.ts';
import { until } from './support/until.ts';

vi.mock('../src/auth/bcrypt-client.ts', async () => {
  const quick = await import('./support/quick-bcrypt.ts');
  return { ...quick, compare: vi.fn(quick.compare) };
});

const OVERLOADED = { status: 503, body: { code: 'OVERLOADED' } };

/** One request of each kind, from the lowest priority to the highest. */
function kinds(test: TestApp, ani: Client, budi: Client): Record<string, () => Promise<Response>> {
  let n = 0;
  const credentials = (username: string) => ({ username, password: PASSWORD });
  return {
    register: async () =>
      request(test.app)
        .post('/auth/register')
        .send(credentials(`baru${n++}`)),
    login: async () => request(test.app).post('/auth/login').send(credentials('budi')),
    history: () => ani.get(`/chat/history?myId=${ani.id}&friendId=${budi.id}`),
    document: async () => request(test.app).get('/api-docs.json'),
    poll: () => ani.get('/sync'),
    send: () => ani.post('/chat/send', { senderId: ani.id, receiverId: budi.id, message: 'hai' }),
    health: async () => request(test.app).get('/health/ready'),
  };
}

it('440 concurrent polls and sends are all answered', async () => {
  const test = await startApp();
  const [ani, budi] = await signUpFriends(test);
  const server = createHttpServer(test.app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const agent = new Agent({ keepAlive: true });
  const { port } = server.address() as AddressInfo;
  const ask = (path: string, input?: object) =>
    new Promise<number | undefined>((done, fail) => {
      const headers = {
        Authorization: `Bearer ${ani.token}`,
        ...(input && { 'Content-Type': 'application/json' }),
      };
      const asked = rawRequest(
        { port, host: '127.0.0.1', agent, path, method: input ? 'POST' : 'GET', headers },
        (answer) => {
          answer.resume();
          answer.on('end', () => done(answer.statusCode));
        },
      );
      asked.on('error', fail);
      asked.end(input && JSON.stringify(input));
    });
  const input = { senderId: ani.id, receiverId: budi.id, message: 'hai' };
  const asked = Array.from({ length: 440 }, (_, n) =>
    n % 11 === 0 ? ask('/chat/send', input) : ask('/sync'),
  );
  expect(new Set(await Promise.all(asked))).toEqual(new Set([200]));
  agent.destroy();
  server.close();
});

describe('a box under load', () => {
  it.each([
    [0.5, []],
    [0.6, ['register']],
    [0.75, ['register', 'login', 'history', 'document']],
    [0.9, ['register', 'login', 'history', 'document', 'poll']],
    [1, ['register', 'login', 'history', 'document', 'poll', 'send']],
    [50, ['register', 'login', 'history', 'document', 'poll', 'send']],
  ])('a box under a load of %d refuses %j and answers the rest', async (level, refused) => {
    let load = 0;
    const test = await startApp({}, { processLoad: () => load });
    const [ani, budi] = await signUpFriends(test);
    load = level;
    for (const [kind, ask] of Object.entries(kinds(test, ani, budi))) {
      const { status, body } = await ask();
      const expected = refused.includes(kind) ? [kind, 503, 'OVERLOADED'] : [kind, 200, undefined];
      expect([kind, status, body.code]).toEqual(expected);
    }
  });

  it('an overloaded box says when to retry, also to a page of another origin, and answers its preflight', async () => {
    const origin = 'https://chat.example.org';
    const test = await startApp({ CORS_ORIGINS: origin }, { processLoad: () => 1 });
    const { headers, body } = await request(test.app).get('/api/sync').set('Origin', origin).expect(503);
    expect(body).toEqual({ error: expect.stringContaining('too much'), code: 'OVERLOADED' });
    expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(5);
    expect(headers['access-control-allow-origin']).toBe(origin);
    expect(headers['access-control-expose-headers']).toContain('Retry-After');
    await request(test.app).options('/api/sync').set('Origin', origin).expect(204);
  });

  it('an overloaded box refuses before it checks the token or reads the body, and stores nothing', async () => {
    let load = 0;
    const test = await startApp({}, { processLoad: () => load });
    const [ani, budi] = await signUpFriends(test);
    const garbage = async () =>
      request(test.app).post('/auth/login').set('Content-Type', 'application/json').send('{"a":');
    expect((await garbage()).body.code).toBe('MALFORMED_JSON');
    const [account, revision] = [vi.spyOn(test.store, 'account'), test.store.revision()];
    load = 1;
    expect(await garbage()).toMatchObject(OVERLOADED);
    const sent = await ani.post('/chat/send', { senderId: ani.id, receiverId: budi.id, message: 'hai' });
    expect(sent).toMatchObject(OVERLOADED);
    expect(account).not.toHaveBeenCalled();
    expect([test.store.revision(), test.cipher.calls.seal]).toEqual([revision, 0]);
  });
});

describe('more requests than may be in flight', () => {
  const agent = new Agent({ keepAlive: true });
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  /** A box that processes at most ten requests at a time, whose cipher waits until `release`. */
  async function slowBox(env: Record<string, string> = {}) {
    const test = await startApp(env, { maxInFlight: 10 });
    const [ani, budi] = await signUpFriends(test);
    const gate = Promise.withResolvers<void>();
    const seal = test.cipher.seal;
    let sealing = 0;
    test.cipher.seal = async (...asked) => {
      sealing += 1;
      await gate.promise;
      return seal(...asked);
    };
    const send = async (n: number) =>
      ani.post('/chat/send', { senderId: ani.id, receiverId: budi.id, message: `hai ${n}` });
    return { test, ani, budi, send, sealing: () => sealing, release: gate.resolve };
  }

  it('requests over the limit are refused while the others are processed, and none that was answered 200 is lost', async () => {
    const { ani, budi, send, sealing, release } = await slowBox();
    const working = Array.from({ length: 10 }, (_, n) => send(n));
    await until(() => sealing() === 10);
    const refused = await Promise.all(Array.from({ length: 90 }, (_, n) => send(10 + n)));
    expect(refused.map(({ status, body }) => [status, body.code])).toEqual(
      Array(90).fill([503, 'OVERLOADED']),
    );
    expect(sealing()).toBe(10);
    release();
    const done = await Promise.all(working);
    expect(done.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect((await send(100)).status).toBe(200);
    const { body } = await ani.get(`/chat/history?myId=${ani.id}&friendId=${budi.id}`);
    expect(body).toHaveLength(11);
  });

  it('one account whose requests wait has its share in flight, and those of others are processed meanwhile', async () => {
    const { ani, budi, send, sealing, release } = await slowBox({ RATE_LIMITS: 'on' });
    const statuses: number[] = [];
    const asked = Array.from({ length: 30 }, (_, n) => send(n).then(({ status }) => statuses.push(status)));
    await until(() => statuses.length + sealing() === 30);
    expect(statuses).toEqual(Array(27).fill(429));
    const history = (reader: Client, friend: Client) =>
      reader.get(`/chat/history?myId=${reader.id}&friendId=${friend.id}`);
    expect((await history(ani, budi)).status).toBe(429);
    expect((await history(budi, ani)).status).toBe(200);
    // A thief's requests do not keep the owner from ending the session: it counts per device.
    expect((await ani.post('/auth/logout', {})).status).toBe(200);
    release();
    await Promise.all(asked);
  });

  it('a failed request is no longer counted as in flight', async () => {
    const { test, ani, budi } = await slowBox();
    test.cipher.seal = () => Promise.reject(new Error('planted'));
    for (let n = 0; n < 30; n++) {
      const failed = await ani.post('/chat/send', { senderId: ani.id, receiverId: budi.id, message: 'hai' });
      expect(failed.status).toBe(500);
      await request(test.app).post('/auth/login').send({}).expect(400);
      await request(test.app).get('/sync').expect(401);
    }
    expect((await ani.get('/sync')).status).toBe(200);
  });

  it('requests whose bodies drip in are not counted, so that a few strangers lock no one out', async () => {
    const { test, ani, budi } = await slowBox();
    server = createHttpServer(test.app).listen(0, '127.0.0.1');
    await until(() => server?.listening === true);
    const { port } = server.address() as AddressInfo;
    let arrived = 0;
    server.on('request', () => {
      arrived += 1;
    });
    const headers = { 'Content-Type': 'application/json', 'Content-Length': 50 };
    const dripping = Array.from({ length: 30 }, () => {
      const one = rawRequest({ agent, port, method: 'POST', path: '/auth/login', headers });
      one.on('error', () => {});
      one.write('{');
      return one;
    });
    await until(() => arrived === 30);
    // A request of the same low priority.
    const history = await ani.get(`/chat/history?myId=${ani.id}&friendId=${budi.id}`);
    expect(history.status).toBe(200);
    for (const one of dripping) one.destroy();
  });
});

describe('a login storm', () => {
  it('a login storm of one network waits in a queue of 96 and is refused beyond it, while every send is answered', async () => {
    const test = await startApp();
    const [ani, budi] = await signUpFriends(test);
    const gate = Promise.withResolvers<boolean>();
    vi.mocked(compare).mockClear();
    vi.mocked(compare).mockImplementation(() => gate.promise);
    const statuses: number[] = [];
    const storm = Array.from({ length: 2 + 96 + 14 }, async (_, n) => {
      const { status } = await request(test.app)
        .post('/auth/login')
        .send({ username: `orang${n}`, password: PASSWORD });
      statuses.push(status);
    });
    await until(() => statuses.length === 14);
    for (let n = 0; n < 20; n++) {
      const sent = await ani.post('/chat/send', {
        senderId: ani.id,
        receiverId: budi.id,
        message: `hai ${n}`,
      });
      expect(sent).toMatchObject({ status: 200, body: { seq: n + 1 } });
    }
    expect(compare).toHaveBeenCalledTimes(2);
    expect(statuses).toEqual(Array(14).fill(429));
    gate.resolve(true);
    await Promise.all(storm);
    // None of them has an account.
    expect(statuses.filter((status) => status === 401)).toHaveLength(2 + 96);
  });
});
