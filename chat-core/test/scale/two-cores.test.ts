import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Delta, Message } from '../../src/wire/wire.ts';
import { type Core, type Cores, startCores } from '../support/cores.ts';
import { type Answer, type Person, personWith, signUp } from '../support/person.ts';
import { hasPostgres, type Postgres, startPostgres } from '../support/postgres.ts';
import { until } from '../support/until.ts';

describe.runIf(hasPostgres)('two cores on one PostgreSQL', () => {
  let postgres: Postgres;
  let cores: Cores;
  let [a, b] = [] as unknown as [Core, Core];
  let ani: Person;
  let budi: Person;
  const on = (core: Core, person: Person) => personWith(core.url, person);
  const send = (core: Core, from: Person, to: Person, message: string, more = {}) =>
    on(core, from).post('/chat/send', { senderId: from.id, receiverId: to.id, message, ...more });
  /** The answer of a held poll with messages. */
  const hold = async (person: Person, cursor: string): Promise<Answer> => {
    const answer = await person.poll(cursor, 25);
    const { messages, cursor: next } = (answer.body ?? {}) as Partial<Delta>;
    return messages || !next ? answer : hold(person, next);
  };
  const epochOf = (cursor: string) => cursor.split('.')[0];
  const cursorOf = async (person: Person) => ((await person.get('/sync')).body as Delta).cursor;

  beforeAll(async () => {
    postgres = await startPostgres();
    cores = await startCores(await postgres.newDatabase());
    [a, b] = [await cores.start(), await cores.start()];
    [ani, budi] = [await signUp(a.url, 'ani'), await signUp(b.url, 'budi')];
    const added = await ani.post('/friends/add', { myId: ani.id, friendUsername: 'budi' });
    expect(added.status).toBe(200);
  });
  afterAll(async () => {
    await cores?.stop();
    await postgres?.stop();
  });

  it('whoever registered at one core is logged in at the other at once', async () => {
    const cici = await signUp(a.url, 'cici');
    expect((await on(b, cici).get('/sync')).status).toBe(200);
    const again = await signUp(b.url, 'dedi');
    expect((await on(a, again).get('/sync')).status).toBe(200);
  });

  it('a message that is sent at one core answers the poll that is held at the other', async () => {
    const there = on(b, budi);
    const cursor = await cursorOf(there);
    const held = hold(there, cursor);
    const sent = await send(a, ani, budi, 'halo dari core lain');
    expect(sent.status).toBe(200);
    expect(((await held).body as Delta).messages).toEqual([sent.body]);
  });

  it('a cursor of one core counts at the other, also when that one is behind', async () => {
    for (let n = 1; n <= 10; n++) {
      const cursor = await cursorOf(on(a, ani));
      const sent = await send(a, ani, budi, `nomor ${n}`);
      const delta = (await hold(on(b, ani), cursor)).body as Delta;
      expect(delta.reset).toBeUndefined();
      expect(delta.messages).toEqual([sent.body]);
    }
  });

  it('concurrent sends at both cores get seqs without a gap, and each is stored once', async () => {
    const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
    const twice = Array.from({ length: 30 }, (_, n) => n).flatMap((n) => [
      send(a, ani, budi, `sama ${n}`, { clientMessageId: id(n) }),
      send(b, ani, budi, `sama ${n}`, { clientMessageId: id(n) }),
    ]);
    const answers = await Promise.all(twice);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const seqs = new Set(answers.map(({ body }) => (body as Message).seq));
    expect(seqs.size).toBe(30);
    const sorted = [...seqs].sort((one, other) => one - other);
    expect((sorted.at(-1) ?? 0) - (sorted[0] ?? 0)).toBe(29);
  });

  it('who types, reads and is there at one core is seen at the other', async () => {
    const sent = (await send(a, ani, budi, 'sudah baca?')).body as Message;
    const { conversationId, seq } = sent;
    const writer = on(a, ani);
    let cursor = await cursorOf(writer);
    const seen = new Set<string>();
    await on(b, budi).poll(await cursorOf(on(b, budi)));
    expect((await on(b, budi).post('/chat/read', { conversationId, seq })).status).toBe(200);
    expect((await on(b, budi).post('/chat/typing', { conversationId })).status).toBe(200);
    await until(async () => {
      const { body } = await writer.poll(cursor, 5);
      if (!body) return false;
      const delta = body as Delta;
      cursor = delta.cursor;
      const of = (rows: { userId: string }[] = []) => rows.some(({ userId }) => userId === budi.id);
      if (of(delta.typing)) seen.add('typing');
      if (of(delta.marks?.filter(({ read }) => read >= seq))) seen.add('read');
      if (delta.presence?.some((one) => one.userId === budi.id && one.online)) seen.add('online');
      return seen.size >= 2 && seen.has('typing') && seen.has('read');
    });
    const whole = (await writer.get('/sync')).body as Delta;
    expect(whole.presence?.find(({ userId }) => userId === budi.id)).toMatchObject({ online: true });
  });

  it('who hides at one core that they are there is offline at the other at once', async () => {
    const [fani, gita] = [await signUp(a.url, 'fani'), await signUp(b.url, 'gita')];
    expect((await fani.post('/friends/add', { myId: fani.id, friendUsername: 'gita' })).status).toBe(200);
    const there = on(b, gita);
    const shown = (body: unknown) =>
      (body as Delta | undefined)?.presence?.find(({ userId }) => userId === fani.id)?.online;
    await until(async () => {
      await on(a, fani).get('/sync');
      return shown((await there.get('/sync')).body) === true;
    });
    let cursor = await cursorOf(there);
    expect((await on(a, fani).patch('/me', { privacy: { lastSeen: 'nobody' } })).status).toBe(200);
    await until(async () => {
      const { body } = await there.poll(cursor, 5);
      if (body) ({ cursor } = body as Delta);
      return shown(body) === false;
    });
  });

  it('a session that ends at one core ends at the other', async () => {
    const eka = await signUp(a.url, 'eka');
    expect((await on(b, eka).get('/sync')).status).toBe(200);
    expect((await eka.post('/auth/logout', {})).status).toBe(200);
    await until(async () => (await on(b, eka).get('/sync')).status === 401);
  });

  it('after the database was killed both cores go on, with all that they acknowledged', async () => {
    const before = await send(a, ani, budi, 'sebelum');
    const cursor = await cursorOf(on(b, budi));
    await postgres.kill();
    const refused = await send(a, ani, budi, 'selama');
    expect(refused.status).toBe(503);
    await postgres.start();
    await until(async () => (await send(b, budi, ani, 'sesudah')).status === 200);
    await until(async () => (await send(a, ani, budi, 'lagi')).status === 200);
    const read = async () =>
      (await on(b, ani).get(`/chat/history?myId=${ani.id}&friendId=${budi.id}`)).body as Message[];
    // The other core may see it a moment later.
    await until(async () => (await read()).at(-1)?.content === 'lagi');
    // The history is the same: an open page does not load everything again.
    const delta = (await on(b, budi).poll(cursor)).body as Delta;
    expect(delta.reset).toBeUndefined();
    expect(delta.messages?.map(({ content }) => content)).toEqual(['sesudah', 'lagi']);
    expect(epochOf(delta.cursor)).not.toBe(epochOf(cursor));
    const history = await read();
    expect(history.map(({ content }) => content)).toContain((before.body as Message).content);
    expect(history.map(({ seq }) => seq)).toEqual(history.map((_, index) => (history[0]?.seq ?? 0) + index));
  });

  it('after a core was killed the other goes on, and a new one has everything', async () => {
    const victim = await cores.start();
    await Promise.all(Array.from({ length: 5 }, (_, n) => send(victim, ani, budi, `korban ${n}`)));
    const inFlight = Promise.allSettled(
      Array.from({ length: 20 }, (_, n) => send(victim, ani, budi, `akhir ${n}`)),
    );
    await victim.stop('SIGKILL');
    const answered = (await inFlight).flatMap((one) =>
      one.status === 'fulfilled' && one.value.status === 200 ? [(one.value.body as Message).id] : [],
    );
    const next = await send(a, budi, ani, 'lanjut');
    expect(next.status).toBe(200);
    const fresh = await cores.start();
    const history = (await on(fresh, ani).get(`/chat/history?myId=${ani.id}&friendId=${budi.id}`))
      .body as Message[];
    const ids = new Set(history.map(({ id }) => id));
    for (const id of [...answered, (next.body as Message).id]) expect(ids).toContain(id);
  });
});
