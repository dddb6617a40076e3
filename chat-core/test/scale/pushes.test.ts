import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Message, PushPayload } from '../../src/wire/wire.ts';
import { type Core, type Cores, startCores } from '../support/cores.ts';
import { type Person, personWith, signUp } from '../support/person.ts';
import { hasPostgres, type Postgres, startPostgres } from '../support/postgres.ts';
import { newBrowser, startPushService } from '../support/push-service.ts';
import { until } from '../support/until.ts';

const PUSH_NEARBY = `--import=${new URL('../support/push-nearby.ts', import.meta.url)}`;

describe.runIf(hasPostgres)('pushes of several cores', () => {
  let folder: string;
  let postgres: Postgres;
  let cores: Cores;
  let service: Awaited<ReturnType<typeof startPushService>>;
  let [a, b] = [] as unknown as [Core, Core];
  let count = 0;
  const start = () =>
    cores.start({
      PUSH_HOSTS: 'any',
      NODE_OPTIONS: PUSH_NEARBY,
      NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
      PUSH_PORT: String(service.port),
    });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bisik-pushes-'));
    service = await startPushService();
    await writeFile(join(folder, 'ca.pem'), service.ca);
    postgres = await startPostgres();
    cores = await startCores(await postgres.newDatabase());
    [a, b] = [await start(), await start()];
  });
  afterAll(async () => {
    await cores?.stop();
    await postgres?.stop();
    await service?.stop();
    await rm(folder, { recursive: true });
  });

  /** Two new friends, of whom one has a device that is notified; their conversation; and what has been pushed to it. */
  async function newFriends() {
    count += 1;
    const name = randomUUID().slice(0, 8);
    const [ani, budi] = [await signUp(a.url, `ani${name}`), await signUp(b.url, `budi${name}`)];
    await ani.post('/friends/add', { myId: ani.id, friendUsername: budi.username });
    const opening = { senderId: budi.id, receiverId: ani.id, message: 'halo' };
    const { conversationId } = (await budi.post('/chat/send', opening)).body as Message;
    const browser = newBrowser(`browser${count}`);
    const subscribed = await budi.post('/push/subscribe', { ...browser.subscription, preview: 'full' });
    expect(subscribed.status).toBe(200);
    const pushed = () =>
      service.arrived
        .filter(({ path }) => path === browser.path)
        .map(({ body }) => (browser.open(body) as PushPayload & { text?: string }).text);
    return { ani, budi, conversationId, pushed };
  }
  const send = (core: Core, from: Person, to: Person, message: string) =>
    personWith(core.url, from).post('/chat/send', { senderId: from.id, receiverId: to.id, message });
  /** What is pushed of a message whose core is killed at once: by then each core has decided about all that was sent before. */
  const sendAndKill = async () => {
    const { ani, budi, pushed } = await newFriends();
    const victim = await start();
    expect((await send(victim, ani, budi, 'yatim')).status).toBe(200);
    await victim.stop('SIGKILL');
    return pushed;
  };

  it('each message is pushed once: by its core, by another where that was killed before, and not again where it was killed after', async () => {
    const [at, late] = [await newFriends(), await newFriends()];
    const { ani, budi, conversationId } = at;
    const victim = await start();
    expect((await send(a, ani, budi, 'sekali saja')).status).toBe(200);
    expect((await send(victim, late.ani, late.budi, 'sudah')).status).toBe(200);
    await until(() => at.pushed().length > 0 && late.pushed().length > 0);
    await victim.stop('SIGKILL');
    const due = {
      clientMessageId: randomUUID(),
      conversationId,
      message: 'terjadwal',
      at: Date.now() + 1500,
    };
    expect((await personWith(a.url, ani).post('/chat/scheduled', due)).status).toBe(200);
    const orphaned = await sendAndKill();
    await until(() => at.pushed().length > 1 && orphaned().length > 0);
    const last = await sendAndKill();
    await until(() => last().length > 0);
    expect([at.pushed(), late.pushed(), orphaned()]).toEqual([
      ['sekali saja', 'terjadwal'],
      ['sudah'],
      ['yatim'],
    ]);
  });
});
