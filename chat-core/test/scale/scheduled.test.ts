import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Message, ScheduledList } from '../../src/wire/wire.ts';
import { type Core, type Cores, startCores } from '../support/cores.ts';
import { type Person, personWith, signUp } from '../support/person.ts';
import { hasPostgres, type Postgres, startPostgres } from '../support/postgres.ts';
import { until } from '../support/until.ts';

/** Long enough for all requests of a test before it. */
const SOON_MS = 3000;

describe.runIf(hasPostgres)('texts that are scheduled at one of several cores', () => {
  let postgres: Postgres;
  let cores: Cores;
  let [a, b] = [] as unknown as [Core, Core];
  let ani: Person;
  let budi: Person;
  let conversationId = '';
  const on = (core: Core, person: Person) => personWith(core.url, person);
  const schedule = (core: Core, message: string, afterMs = SOON_MS, id = randomUUID()) =>
    on(core, ani).post('/chat/scheduled', {
      clientMessageId: id,
      conversationId,
      message,
      at: Date.now() + afterMs,
    });
  const scheduled = async (core: Core) =>
    ((await on(core, ani).get('/chat/scheduled')).body as ScheduledList).scheduled.map(
      ({ message }) => message,
    );
  const history = async (core: Core) =>
    ((await on(core, budi).get(`/chat/history?myId=${budi.id}&friendId=${ani.id}`)).body as Message[]).map(
      ({ content }) => content,
    );

  beforeAll(async () => {
    postgres = await startPostgres();
    cores = await startCores(await postgres.newDatabase());
    [a, b] = [await cores.start(), await cores.start()];
    [ani, budi] = [await signUp(a.url, 'ani'), await signUp(b.url, 'budi')];
    await ani.post('/friends/add', { myId: ani.id, friendUsername: 'budi' });
    const sent = await ani.post('/chat/send', { senderId: ani.id, receiverId: budi.id, message: 'halo' });
    ({ conversationId } = sent.body as Message);
  });
  afterAll(async () => {
    await cores?.stop();
    await postgres?.stop();
  });

  it('come at their time, once each, whichever core took them', async () => {
    for (const core of [a, b])
      for (const n of [1, 2, 3]) expect((await schedule(core, `nanti ${core.port} ${n}`)).status).toBe(200);
    await until(async () => (await scheduled(a)).length === 0 && (await scheduled(b)).length === 0);
    const expected = [a, b].flatMap(({ port }) => [1, 2, 3].map((n) => `nanti ${port} ${n}`));
    const found = (await history(a)).filter((content) => content.startsWith('nanti'));
    expect(found.sort()).toEqual(expected.sort());
  });

  it('are not sent when their author deletes them at another core', async () => {
    const id = randomUUID();
    await schedule(a, 'jangan dikirim', SOON_MS, id);
    await schedule(a, 'dikirim');
    await until(async () => (await scheduled(b)).includes('jangan dikirim'));
    expect((await on(b, ani).delete(`/chat/scheduled/${id}`)).status).toBe(200);
    await until(async () => (await history(b)).includes('dikirim'));
    expect(await history(b)).not.toContain('jangan dikirim');
  });

  it('come also when the core that took them was killed before', async () => {
    const victim = await cores.start();
    expect((await schedule(victim, 'dari core yang mati')).status).toBe(200);
    await victim.stop('SIGKILL');
    await until(async () => (await history(a)).includes('dari core yang mati'));
    await until(async () => (await scheduled(a)).length === 0);
    expect((await history(b)).filter((content) => content === 'dari core yang mati')).toHaveLength(1);
  });
});
