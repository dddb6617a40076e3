import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openPostgresStore } from '../../src/storage/postgres/postgres-store.ts';
import type { Message, Upload } from '../../src/wire/wire.ts';
import { runFile } from '../support/command.ts';
import { type Core, type Cores, startCores } from '../support/cores.ts';
import { ask, type Person, personWith, signUp } from '../support/person.ts';
import { hasPostgres, type Postgres, startPostgres } from '../support/postgres.ts';
import { type S3Server, startS3Server } from '../support/s3-server.ts';
import { until } from '../support/until.ts';
import { bytesOf } from '../support/uploads.ts';

const PART = 256 * 1024;

describe.runIf(hasPostgres)('two cores with files in a bucket', () => {
  let postgres: Postgres;
  let cores: Cores;
  let s3: S3Server;
  let databaseUrl: string;
  let [a, b] = [] as unknown as [Core, Core];
  let [ani, budi] = [] as unknown as [Person, Person];
  let conversationId: string;
  const bytes = bytesOf(2 * PART + 1000);
  const env = () => ({
    FILES_URL: 's3://family/box',
    FILES_S3_ENDPOINT: s3.endpoint,
    FILES_S3_KEY_ID: 'KEYID',
    FILES_S3_SECRET: 'of it',
  });
  const on = (core: Core, person: Person) => personWith(core.url, person);
  const authorization = ({ token }: Person) => ({ Authorization: `Bearer ${token}` });
  const create = async (core: Core): Promise<string> => {
    const input = { id: randomUUID(), conversationId, name: 'rapat.bin', type: 'application/octet-stream' };
    const { status } = await on(core, ani).post('/attachments', { ...input, size: bytes.length });
    expect(status).toBe(200);
    return input.id;
  };
  const put = (core: Core, id: string, n: number) =>
    ask(`${core.url}/attachments/${id}?offset=${n * PART}`, {
      method: 'PUT',
      headers: { ...authorization(ani), 'Content-Type': 'application/octet-stream' },
      body: bytes.subarray(n * PART, (n + 1) * PART),
    });
  const send = (core: Core, attachments: string[], message = '') =>
    on(core, ani).post('/chat/send', {
      senderId: ani.id,
      receiverId: budi.id,
      message,
      ...(attachments.length > 0 && { attachments }),
    });
  const download = (core: Core, { seq }: Message, id: string, headers = {}) =>
    fetch(`${core.url}/conversations/${conversationId}/messages/${seq}/attachments/${id}`, {
      headers: { ...authorization(budi), ...headers },
    });

  const isSame = async (response: Response, expected = bytes) =>
    Buffer.from(await response.arrayBuffer()).equals(expected);

  beforeAll(async () => {
    postgres = await startPostgres();
    s3 = await startS3Server({ bucket: 'family', secret: 'of it' });
    databaseUrl = await postgres.newDatabase();
    cores = await startCores(databaseUrl);
    [a, b] = [await cores.start(env()), await cores.start(env())];
    [ani, budi] = [await signUp(a.url, 'ani'), await signUp(b.url, 'budi')];
    await ani.post('/friends/add', { myId: ani.id, friendUsername: 'budi' });
    conversationId = ((await send(a, [], 'halo')).body as Message).conversationId;
  });
  beforeEach(() => {
    s3.intercept = undefined;
  });
  afterAll(async () => {
    await cores?.stop();
    await s3?.stop();
    await postgres?.stop();
  });

  it('a file whose parts came by both is sent at one, read at the other whole and in ranges, and gone when its message is deleted', async () => {
    const id = await create(a);
    for (const [n, core] of [a, b, b].entries()) expect((await put(core, id, n)).status).toBe(200);
    const sent = await send(a, [id]);
    expect(sent.status).toBe(200);
    const message = sent.body as Message;
    const stored = Buffer.concat([...s3.objects.values()]);
    expect([stored.length > bytes.length, stored.includes('isi berkas')]).toEqual([true, false]);
    await until(async () => (await download(b, message, id)).status === 200);
    for (const core of [a, b]) {
      expect(await isSame(await download(core, message, id))).toBe(true);
      const range = await download(core, message, id, { Range: `bytes=${PART - 10}-${2 * PART + 9}` });
      expect(range.status).toBe(206);
      expect(await isSame(range, bytes.subarray(PART - 10, 2 * PART + 10))).toBe(true);
    }
    const removed = await on(a, ani).delete(
      `/conversations/${conversationId}/messages/${message.seq}?for=everyone`,
    );
    expect(removed.status).toBe(200);
    await until(async () => s3.objects.size === 0);
    await until(async () => (await download(b, message, id)).status === 404);
  });

  it('while the bucket is away files are refused with a sentence and texts go, and then the repeats succeed', async () => {
    const id = await create(a);
    expect((await put(a, id, 0)).status).toBe(200);
    s3.intercept = () => 'cut before';
    const refused = await put(a, id, 1);
    expect([refused.status, refused.body]).toMatchObject([
      503,
      { code: 'STORAGE_UNAVAILABLE', error: expect.stringContaining('texts still go') },
    ]);
    expect((await send(a, [], 'tetap terkirim')).status).toBe(200);
    s3.intercept = undefined;
    expect(((await on(a, ani).get(`/attachments/${id}`)).body as Upload).offset).toBe(PART);
    // The bucket stores it, and the answer is lost.
    let lost = 0;
    s3.intercept = (method) => (method === 'PUT' && lost++ < 2 ? 'cut after' : undefined);
    expect((await put(a, id, 1)).status).toBe(200);
    expect((await put(a, id, 2)).status).toBe(200);
    s3.intercept = () => 'cut before';
    const message = (await send(b, [id])).body as Message & { code?: string };
    expect(message.code).toBe('STORAGE_UNAVAILABLE');
    s3.intercept = undefined;
    const sent = (await send(b, [id])).body as Message;
    s3.intercept = () => 503;
    const unread = await download(b, sent, id);
    expect([unread.status, await unread.json()]).toMatchObject([503, { code: 'STORAGE_UNAVAILABLE' }]);
    s3.intercept = undefined;
    expect(await isSame(await download(b, sent, id))).toBe(true);
  });

  it('an upload whose core is killed in the middle of a part goes on at the other, and leaves nothing when it is cancelled', async () => {
    s3.objects.clear();
    const core = await cores.start(env());
    const [kept, cancelled] = [await create(core), await create(core)];
    for (const id of [kept, cancelled]) expect((await put(core, id, 0)).status).toBe(200);
    const puts = Promise.all([kept, cancelled].map((id) => put(core, id, 1).catch(() => {})));
    const killed = new Promise<void>((resolve) => {
      s3.intercept = (method) => {
        if (method === 'PUT') void core.stop('SIGKILL').then(() => resolve());
        return undefined;
      };
    });
    await killed;
    await puts;
    s3.intercept = undefined;
    const { offset } = (await on(b, ani).get(`/attachments/${kept}`)).body as Upload;
    expect([PART, 2 * PART]).toContain(offset);
    for (let n = offset / PART; n < 3; n++) expect((await put(b, kept, n)).status).toBe(200);
    const sent = (await send(b, [kept])).body as Message;
    expect(await isSame(await download(b, sent, kept))).toBe(true);
    expect((await on(b, ani).delete(`/attachments/${cancelled}`)).status).toBe(200);
    expect([...s3.objects.keys()].filter((key) => !key.includes(kept))).toEqual([]);
  });

  it('a sweep finds files that no row names, and removes those alone', async () => {
    const { objects } = s3;
    const run = (...args: string[]) =>
      runFile('sweep-files', args, { ...env(), DATA_DIR: a.dataDir, DATABASE_URL: databaseUrl });
    const open = await create(a);
    expect((await put(a, open, 0)).status).toBe(200);
    const sent = await create(a);
    for (let n = 0; n < 3; n++) expect((await put(a, sent, n)).status).toBe(200);
    const message = (await send(a, [sent])).body as Message;
    expect((await run()).output).toContain('of which 0 are');
    const named = new Map(objects);
    const [lost, late] = [randomUUID(), randomUUID()];
    objects.set(`box/${conversationId}/${lost}/000000000000-000000000009`, Buffer.alloc(9));
    objects.set(`box/${conversationId}/${lost}/finished`, Buffer.from('{"parts":[[0,9]]}'));
    objects.set(`box/${late}/${late}/000000000000-000000000009`, Buffer.alloc(9));
    objects.set('box/notes.txt', Buffer.from('of another program'));
    const counted = await run();
    expect([counted.code, counted.output]).toEqual([1, expect.stringContaining('of which 2 are')]);
    const removed = await run('--remove', '--yes');
    expect([removed.code, removed.output]).toEqual([0, expect.stringContaining('Removed.')]);
    expect([...objects.keys()].sort()).toEqual([...named.keys(), 'box/notes.txt'].sort());
    expect(await isSame(await download(a, message, sent))).toBe(true);
    const other = await postgres.newDatabase();
    await (await openPostgresStore({ databaseUrl: other, now: Date.now })).close();
    const wrong = await runFile('sweep-files', ['--remove', '--yes'], {
      ...env(),
      DATA_DIR: a.dataDir,
      DATABASE_URL: other,
    });
    expect([wrong.code, wrong.output]).toEqual([1, expect.stringContaining('names none of the files')]);
    expect(objects.size).toBe(named.size + 1);
  });

  it('a core whose secret is wrong ends with a sentence', async () => {
    await expect(cores.start({ ...env(), FILES_S3_SECRET: 'rahasia' })).rejects.toThrow(
      'FILES_S3_SECRET is not the secret of FILES_S3_KEY_ID',
    );
  });
});
