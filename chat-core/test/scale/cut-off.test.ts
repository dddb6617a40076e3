import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signalProcess } from '../../../scripts/signal-process.ts';
import type { Delta, Message } from '../../src/wire/wire.ts';
import { type Core, type Cores, startCores } from '../support/cores.ts';
import { type Answer, type Person, personWith, signUp } from '../support/person.ts';
import { hasPostgres, type Postgres, startPostgres } from '../support/postgres.ts';
import { startTcpRelay, type TcpRelay } from '../support/tcp-relay.ts';
import { until } from '../support/until.ts';

/** Between core B and the database is a network that can end. */
describe.runIf(hasPostgres)('a core that is cut off from the database', () => {
  let postgres: Postgres;
  let relay: TcpRelay;
  let cores: Cores;
  let [a, b] = [] as unknown as [Core, Core];
  let ani: Person;
  let budi: Person;
  let count = 0;
  const on = (core: Core, person: Person) => personWith(core.url, person);
  const codeOf = ({ body }: Answer) => (body as { code?: string } | undefined)?.code;
  const isReady = async (core: Core) => (await fetch(`${core.url}/health/ready`)).status === 200;
  const ends = async (person: Person) => {
    await until(async () => codeOf(await on(b, person).get('/sync')) === 'STORAGE_UNAVAILABLE');
  };
  const returns = async () => {
    relay.setMode('passes');
    await until(() => isReady(b));
  };
  const newPerson = () => signUp(a.url, `orang${++count}`);

  beforeAll(async () => {
    postgres = await startPostgres();
    const url = await postgres.newDatabase();
    const { searchParams, pathname } = new URL(url);
    relay = await startTcpRelay();
    relay.use(`${searchParams.get('host')}/.s.PGSQL.5432`);
    cores = await startCores(url);
    a = await cores.start();
    const viaRelay = `postgres://postgres@127.0.0.1:${relay.port}${pathname}`;
    b = await cores.start({ DATABASE_URL: viaRelay }, true);
    [ani, budi] = [await newPerson(), await newPerson()];
    const added = await ani.post('/friends/add', { myId: ani.id, friendUsername: budi.username });
    expect(added.status).toBe(200);
  });
  afterAll(async () => {
    relay?.setMode('passes');
    await b?.stop('SIGKILL');
    await cores?.stop();
    await relay?.stop();
    await postgres?.stop();
  });

  it.each(['hangs', 'cuts'] as const)(
    'refuses what it cannot know, and honours no session that ended elsewhere, when its network %s',
    async (mode) => {
      const cici = await newPerson();
      expect((await on(b, cici).get('/sync')).status).toBe(200);
      relay.setMode(mode);
      expect((await on(a, cici).post('/auth/logout', {})).status).toBe(200);
      await ends(cici);
      // From then on nothing is answered from its memory, whoever asks.
      const asked = await Promise.all([
        on(b, cici).get('/sync'),
        on(b, ani).get('/sync'),
        on(b, ani).get(`/chat/history?myId=${ani.id}&friendId=${budi.id}`),
        on(b, ani).post('/chat/send', { senderId: ani.id, receiverId: budi.id, message: 'halo' }),
        on(b, ani).post('/auth/login', { username: ani.username, password: ani.password }),
      ]);
      expect(asked.map(codeOf)).toEqual(asked.map(() => 'STORAGE_UNAVAILABLE'));
      expect(await isReady(b)).toBe(false);
      expect((await fetch(`${b.url}/health/live`)).status).toBe(200);
      expect((await on(a, ani).get('/sync')).status).toBe(200);
      await returns();
      expect((await on(b, cici).get('/sync')).status).toBe(401);
      expect((await on(b, ani).get('/sync')).status).toBe(200);
    },
  );

  it('ends the polls that it holds, and after its return a block of elsewhere counts', async () => {
    const { cursor } = (await on(b, budi).get('/sync')).body as Delta;
    const startedAt = performance.now();
    const held = on(b, budi).poll(cursor, 25);
    relay.setMode('hangs');
    expect((await on(a, budi).post('/friends/block', { userId: ani.id })).status).toBe(200);
    const answer = await held;
    expect(performance.now() - startedAt).toBeLessThan(20_000);
    expect([200, 204]).toContain(answer.status);
    await ends(ani);
    await returns();
    const sent = await on(b, ani).post('/chat/send', {
      senderId: ani.id,
      receiverId: budi.id,
      message: 'halo?',
    });
    expect(sent.status).toBe(403);
  });

  it('whose process stood still answers at once from what the database has now', async () => {
    const [cici, sent] = [await newPerson(), 'selama berhenti'];
    expect((await on(b, cici).get('/sync')).status).toBe(200);
    signalProcess(b.process.pid, 'SIGSTOP');
    await on(a, ani).post('/friends/add', { myId: ani.id, friendUsername: cici.username });
    const message = await on(a, ani).post('/chat/send', {
      senderId: ani.id,
      receiverId: cici.id,
      message: sent,
    });
    expect(message.status).toBe(200);
    // Longer than its memory counts.
    await new Promise((resolve) => setTimeout(resolve, 6000));
    signalProcess(b.process.pid, 'SIGCONT');
    const { body } = await on(b, cici).get(`/chat/history?myId=${cici.id}&friendId=${ani.id}`);
    expect((body as Message[]).map(({ content }) => content)).toEqual([sent]);
  });
});
