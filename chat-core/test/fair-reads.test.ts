import { Agent, request as rawRequest } from 'node:http';
import { connect } from 'node:net';
import request from 'supertest';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Requester } from '../src/cipher/cipher.ts';
import type { Disk } from '../src/storage/lowdb/disk/disk.ts';
import { memoryDisk } from '../src/storage/lowdb/disk/memory-disk.ts';
import { openStore } from '../src/storage/lowdb/lowdb-store.ts';
import { startApp, type TestApp } from './support/app.ts';
import { type Client, signUpFriends } from './support/client.ts';
import { listen } from './support/listen.ts';
import { startPair } from './support/pair.ts';
import { type Person, signUpPairs } from './support/person.ts';

const sendTo = (from: Client, to: Client, message: string) =>
  from.post('/chat/send', { senderId: from.id, receiverId: to.id, message });
const historyOf = (reader: Client, friend: Client, limit = 50) =>
  `/chat/history?myId=${reader.id}&friendId=${friend.id}&limit=${limit}`;
const range = (length: number) => Array.from({ length }, (_, n) => n);

describe('the cost of reading', () => {
  it('HEAD opens no text and is answered only where it asks for something of its own', async () => {
    const test = await startApp({ PLAINTEXT_CACHE: 'off' });
    const [ani, budi] = await signUpFriends(test);
    await sendTo(ani, budi, 'hai');
    expect((await ani.get(historyOf(ani, budi))).body).toHaveLength(1);
    test.cipher.calls.open = 0;
    const answered: string[] = [];
    for (const { path, method } of test.routes.filter((route) => route.method === 'get')) {
      const { status, headers, text } = await ani.head(path.replace(/:\w+/g, ani.id));
      expect([method, path, text]).toEqual([method, path, undefined]);
      if (status !== 405) answered.push(path);
      else expect([path, headers.allow?.includes('HEAD')]).toEqual([path, false]);
    }
    expect(answered.toSorted()).toEqual([
      '/attachments/:attachmentId',
      '/conversations/:conversationId/messages/:seq/attachments/:attachmentId',
      '/files/:conversationId/:seq/:attachmentId',
      '/health/live',
      '/health/ready',
    ]);
    expect((await ani.head(historyOf(ani, budi, 200))).status).toBe(405);
    expect((await ani.head('/api/sync')).status).toBe(405);
    expect(test.cipher.calls.open).toBe(0);
  });

  it('an account that has read its budget waits, costs nothing more, and no one else waits with it', async () => {
    const test = await startApp({ RATE_LIMITS: 'reads=40/10' });
    const [ani, budi] = await signUpFriends(test);
    for (const n of range(10)) await sendTo(ani, budi, `${n} ${'x'.repeat(1000)}`);
    const statuses = [];
    for (const _ of range(4)) statuses.push((await ani.get(historyOf(ani, budi))).status);
    expect(statuses).toEqual([200, 200, 429, 429]);
    const { calls } = test.cipher;
    calls.open = 0;
    const refused = await ani.get(historyOf(ani, budi));
    expect([refused.status, refused.body.code, calls.open]).toEqual([429, 'TOO_MANY_REQUESTS', 0]);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(10);
    expect((await sendTo(ani, budi, 'a send is no read')).status).toBe(200);
    expect((await budi.get(historyOf(budi, ani))).status).toBe(200);
  });

  it('many reads at once do not pass the budget together', async () => {
    const test = await startApp({ RATE_LIMITS: 'reads=40/10' });
    const [ani, budi] = await signUpFriends(test);
    for (const n of range(10)) await sendTo(ani, budi, `${n} ${'x'.repeat(1000)}`);
    const answers = await Promise.all(range(16).map(() => ani.get(historyOf(ani, budi))));
    const passed = answers.filter(({ status }) => status === 200).length;
    expect(passed).toBeLessThanOrEqual(3);
    expect(answers.every(({ status }) => [200, 429].includes(status))).toBe(true);
  });

  it('a person who scrolls through 5,000 messages within seconds never meets the budget', async () => {
    const test = await startApp({ RATE_LIMITS: 'sends=999999/60' });
    const [ani, budi] = await signUpFriends(test);
    for (const n of range(50))
      await sendTo(ani, budi, `${n} a message of ordinary length, ${'ya '.repeat(30)}`);
    for (const _ of range(100)) expect((await ani.get(historyOf(ani, budi))).body).toHaveLength(50);
  });

  it('a client that goes away while its page is opened aborts that work', async () => {
    const test = await startApp({ PLAINTEXT_CACHE: 'off' });
    const [ani, budi] = await signUpFriends(test);
    await sendTo(ani, budi, 'hai');
    const requesters: (Requester | undefined)[] = [];
    const { openMany } = test.cipher;
    const { port, stop } = await listen(test.app);
    for (const path of [historyOf(ani, budi), '/sync']) {
      requesters.length = 0;
      const gate = Promise.withResolvers<void>();
      test.cipher.openMany = async (rows, requester) => {
        requesters.push(requester);
        await gate.promise;
        return openMany(rows);
      };
      const socket = connect(port, '127.0.0.1');
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ani.token}\r\n\r\n`);
      await expect.poll(() => requesters.length).toBeGreaterThan(0);
      expect(requesters.map((one) => [one?.accountId, one?.signal?.aborted])).toContainEqual([ani.id, false]);
      socket.destroy();
      await expect.poll(() => requesters.some((one) => one?.signal?.aborted)).toBe(true);
      // The next read of the account waits for this one.
      gate.resolve();
    }
    stop();
    await request(test.app).get('/health/live').expect(200);
  });
});

describe('pages of messages that are read from the disk', () => {
  const KIB = 1024;
  let test: TestApp;
  let [ani, budi]: Client[] = [];
  let conversationId = '';
  let readBytes = 0;

  /** Two friends with 400 messages in pages of about 200 KiB, of which none stays in memory. */
  beforeEach(async () => {
    const disk = memoryDisk();
    const read: Disk['read'] = async (path) => {
      const bytes = await disk.read(path);
      if (path.includes('/messages/')) readBytes += bytes?.length ?? 0;
      return bytes;
    };
    const store = await openStore({ ...disk, read }, 'memory', { now: Date.now, cacheBytes: 1 });
    test = await startApp({ RATE_LIMITS: 'reads=500/10' }, { store });
    [ani, budi] = await signUpFriends(test);
    conversationId = (await store.conversationsOf(ani?.id ?? ''))[0]?.id ?? '';
    await store.transact(async (tx) => {
      for (const n of range(400)) {
        const row = {
          id: `m${n}`,
          conversationId,
          senderId: ani?.id ?? '',
          timestamp: n,
          v: 1,
          kid: 'k',
        } as const;
        await tx.appendMessage({ ...row, content: 'A'.repeat(1500) });
      }
    });
    await store.checkpoint('all');
    readBytes = 0;
  });

  const message = (n: number) => `/conversations/${conversationId}/messages/${1 + ((n * 131) % 400)}`;
  it.each<[string, (who: Client, n: number) => PromiseLike<{ status: number }>]>([
    [
      'a row of history',
      (who, n) =>
        who.get(
          `/chat/history?myId=${who.id}&conversationId=${conversationId}&limit=1&before=${2 + ((n * 131) % 399)}`,
        ),
    ],
    ['files', (who) => who.get(`/conversations/${conversationId}/attachments`)],
    ['receipts', (who, n) => who.get(`${message(n)}/receipts`)],
    ['an address', (who, n) => who.post(`${message(n)}/attachments/${who.id}/address`, {})],
    ['the bytes of a file', (who, n) => who.get(`${message(n)}/attachments/${who.id}`)],
    ['a mark', (who) => who.post('/chat/read', { conversationId, seq: 201 })],
  ])(
    'an account that asks for %s again and again reads no more of the disk than its budget',
    async (_, ask) => {
      if (!ani || !budi) throw new Error('two people are needed');
      const statuses: number[] = [];
      for (const n of range(30)) statuses.push((await ask(budi, n)).status);
      expect(statuses[0]).not.toBe(429);
      expect(statuses.at(-1)).toBe(429);
      expect(readBytes).toBeGreaterThan(400 * KIB);
      // One request may go beyond.
      expect(readBytes).toBeLessThan(1300 * KIB);
      expect((await ask(ani, 1)).status).not.toBe(429);
      expect((await sendTo(budi, ani, 'a send is no read')).status).toBe(200);
    },
  );
});

describe('an abuser with both services', () => {
  it('16 parallel reads of the largest pages neither refuse the sends and reads of others nor double their time', async () => {
    const pair = await startPair({ RATE_LIMITS: 'sends=999999/60,requests=999999/60' });
    const [[ani, budi], [abuser, friend]] = (await signUpPairs(pair.url, 'orang', 2)) as [
      [Person, Person],
      [Person, Person],
    ];
    const send = (from: Person, to: Person, message: string) =>
      from.post('/chat/send', { senderId: from.id, receiverId: to.id, message });
    for (const _ of range(10)) await Promise.all(range(20).map(() => send(abuser, friend, '𝒳'.repeat(4000))));
    const page = `/chat/history?myId=${abuser.id}&friendId=${friend.id}&limit=200`;
    const agent = new Agent({ keepAlive: true });
    /** Reads a page and does not look at it: this process must not be what is slow. */
    const read = (method: string) =>
      new Promise<number>((done, fail) => {
        const headers = { Authorization: `Bearer ${abuser.token}` };
        rawRequest(pair.url + page, { agent, method, headers }, (answer) => {
          answer.resume().on('end', () => done(answer.statusCode ?? 0));
        })
          .on('error', fail)
          .end();
      });
    const statuses: number[] = [];
    const durations = { calm: [] as number[], abused: [] as number[] };
    const measure = async (phase: 'calm' | 'abused') => {
      for (const n of range(15)) {
        const started = performance.now();
        statuses.push((await send(ani, budi, 'hai')).status);
        durations[phase].push(performance.now() - started);
        if (n % 5 === 0)
          statuses.push((await budi.get(`/chat/history?myId=${budi.id}&friendId=${ani.id}`)).status);
      }
    };
    const abused: Record<number, number> = {};
    // In turns, so that whatever else this machine does slows both.
    for (const _ of range(4)) {
      await measure('calm');
      let isOver = false;
      const readers = range(16).map(async (n) => {
        while (!isOver) {
          const status = await read(n % 2 === 0 ? 'GET' : 'HEAD');
          abused[status] = (abused[status] ?? 0) + 1;
          if (status !== 200) await new Promise((resolve) => setTimeout(resolve, 200));
        }
      });
      await measure('abused');
      isOver = true;
      await Promise.all(readers);
    }
    agent.destroy();
    await pair.stop();
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(Object.keys(abused)).toEqual(['200', '405', '429']);
    const median = (all: number[]) => all.toSorted((a, b) => a - b)[all.length >> 1] ?? 0;
    expect(median(durations.abused) / median(durations.calm)).toBeLessThan(2);
  });
});
