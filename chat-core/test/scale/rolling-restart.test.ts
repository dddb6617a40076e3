import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHUNK_BYTES } from '../../src/wire/attachments.ts';
import type { Delta, Message, Upload } from '../../src/wire/wire.ts';
import { type Balancer, startBalancer } from '../support/balancer.ts';
import { type Core, type Cores, startCores } from '../support/cores.ts';
import { ask, type Person, signUpPairs } from '../support/person.ts';
import { hasPostgres, type Postgres, startPostgres } from '../support/postgres.ts';
import { until } from '../support/until.ts';
import { bytesOf, fileInput } from '../support/uploads.ts';

/** Longer than the balancer needs to notice; the machine may be slow. */
const DRAIN_SECONDS = '3';
const LAST_WORD = 'selesai';
/** A name that a second attempt of a test does not take again. */
const name = () => `putar${randomUUID().slice(0, 8)}`;

describe.runIf(hasPostgres)('cores that are restarted one after the other', () => {
  let postgres: Postgres;
  let cores: Cores;
  let balancer: Balancer;
  const running: Core[] = [];
  const failures: string[] = [];

  beforeAll(async () => {
    postgres = await startPostgres();
    cores = await startCores(await postgres.newDatabase());
    balancer = await startBalancer();
    for (const index of [0, 1]) await start(index);
  });
  afterAll(async () => {
    await balancer?.stop();
    await cores?.stop();
    await postgres?.stop();
  });

  const start = async (index: number) => {
    const core = await cores.start({ DRAIN_SECONDS });
    running[index] = core;
    balancer.use(index, core.port);
    await until(() => balancer.isReady(index));
  };
  const cursorOf = async (person: Person) => ((await person.get('/sync')).body as Delta).cursor;
  /** Notes every answer that is none of a working service. */
  const expectStatus = <A extends { status: number; body: unknown }>(
    what: string,
    answer: A,
    ...good: number[]
  ) => {
    if (!good.includes(answer.status))
      failures.push(`${what}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer;
  };

  /** Writes until `hasEnded`, one message after the other, and at last the word that ends reading. @returns the ids of all of them */
  async function write(from: Person, to: Person, hasEnded: () => boolean): Promise<string[]> {
    const ids: string[] = [];
    for (let isLast = false; !isLast; ) {
      isLast = hasEnded();
      const message = isLast ? LAST_WORD : `pesan ${ids.length}`;
      const input = { senderId: from.id, receiverId: to.id, message, clientMessageId: randomUUID() };
      const sent = expectStatus('send', await from.post('/chat/send', input), 200);
      ids.push((sent.body as Message).id);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return ids;
  }

  /** Holds polls one after the other, and collects messages until the last word. `ended`: held polls that were answered without a change */
  async function read(who: Person, from: string): Promise<{ ids: string[]; ended: number }> {
    const messages: Message[] = [];
    let ended = 0;
    let cursor = from;
    while (messages.at(-1)?.content !== LAST_WORD) {
      const answer = expectStatus('poll', await who.poll(cursor, 25), 200, 204);
      if (answer.status === 204) ended += 1;
      if (answer.status !== 200) continue;
      const delta = answer.body as Delta;
      if (delta.reset) failures.push('a page had to load its state again');
      cursor = delta.cursor;
      messages.push(...(delta.messages ?? []));
    }
    return { ids: messages.map(({ id }) => id), ended };
  }

  /** Uploads files of several parts until `hasEnded`, and sends each. @returns what was sent, with its bytes */
  async function uploadFiles(from: Person, conversationId: string, hasEnded: () => boolean) {
    const headers = { Authorization: `Bearer ${from.token}`, 'Content-Type': 'application/octet-stream' };
    let count = 0;
    while (!hasEnded()) {
      const bytes = bytesOf(CHUNK_BYTES * 5);
      const created = await from.post('/attachments', fileInput(conversationId, bytes.length));
      let state = expectStatus('upload', created, 200).body as Upload;
      while (state.offset < state.size) {
        const body = bytes.subarray(state.offset, state.offset + CHUNK_BYTES);
        const url = `${balancer.url}/attachments/${state.id}?offset=${state.offset}`;
        const put = expectStatus('part', await ask(url, { method: 'PUT', headers, body }), 200);
        if (put.status !== 200) return count;
        state = put.body as Upload;
      }
      const input = { senderId: from.id, conversationId, message: '', attachments: [state.id] };
      expectStatus('send a file', await from.post('/chat/send', input), 200);
      count += 1;
    }
    return count;
  }

  it('no request fails, held polls are answered, and all that was sent arrives once', async () => {
    failures.length = 0;
    const pairs = await signUpPairs(balancer.url, name(), 3);
    const [[first, second]] = pairs as [[Person, Person]];
    const { conversationId } = (
      await first.post('/chat/send', { senderId: first.id, receiverId: second.id, message: 'mulai' })
    ).body as Message;
    let hasEnded = false;
    const isEnded = () => hasEnded;
    const stories = pairs.slice(1).map(async ([from, to]) => {
      const reading = read(to, await cursorOf(to));
      return { sent: await write(from, to, isEnded), ...(await reading) };
    });
    // Of someone to whom no one writes a poll is held for longer than this test takes, unless its core stops.
    const [[writer, alone]] = (await signUpPairs(balancer.url, name(), 1)) as [[Person, Person]];
    const waiting = read(alone, await cursorOf(alone));
    const uploading = uploadFiles(first, conversationId, isEnded);

    for (const index of [0, 1]) {
      expect(await running[index]?.stop()).toBe(0);
      await start(index);
    }
    hasEnded = true;
    const arrived = await Promise.all(stories);
    await write(writer, alone, isEnded);
    const { ended } = await waiting;
    const files = await uploading;

    expect(failures).toEqual([]);
    for (const { sent, ids } of arrived) {
      expect(sent.length).toBeGreaterThan(20);
      expect(ids).toEqual(sent);
    }
    expect(ended).toBeGreaterThan(0);
    expect(files).toBeGreaterThan(0);
  });

  it('a core that stops says that it is not ready while it still answers everything', async () => {
    const core = await cores.start({ DRAIN_SECONDS: '300' });
    const [[ani, budi]] = (await signUpPairs(core.url, name(), 1)) as [[Person, Person]];
    expect((await ask(`${core.url}/health/ready`)).status).toBe(200);
    const stopped = core.stop();
    await until(async () => (await ask(`${core.url}/health/ready`)).status === 503);
    expect((await ask(`${core.url}/health/ready`)).body).toMatchObject({ code: 'NOT_READY' });
    const sent = await ani.post('/chat/send', { senderId: ani.id, receiverId: budi.id, message: 'masih' });
    expect(sent.status).toBe(200);
    expect((await ask(`${core.url}/health/live`)).status).toBe(200);
    // A second signal ends it at once.
    void core.stop();
    expect(await stopped).toBe(1);
  });
});
