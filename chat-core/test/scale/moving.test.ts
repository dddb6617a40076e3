import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openPostgresStore } from '../../src/storage/postgres/postgres-store.ts';
import type { Delta, Id, Message, Scheduled } from '../../src/wire/wire.ts';
import { type CommandResult, runFile } from '../support/command.ts';
import { type Core, type Cores, startCores } from '../support/cores.ts';
import { restrictedDatabase } from '../support/least-privilege.ts';
import { type Pair, startPair } from '../support/pair.ts';
import { ask, type Person, personWith, signUp } from '../support/person.ts';
import { hasPostgres, type Postgres, startPostgres } from '../support/postgres.ts';
import { startS3Server } from '../support/s3-server.ts';
import { until } from '../support/until.ts';
import { bytesOf, upload } from '../support/uploads.ts';

const MIGRATE = fileURLToPath(new URL('../../src/commands/migrate.ts', import.meta.url));

describe.runIf(hasPostgres)('npm run migrate', () => {
  let postgres: Postgres;
  let pair: Pair;
  let cores: Cores;
  let core: Core;
  let folder: string;
  let ani: Person;
  let budi: Person;
  let [conversationId, groupId] = ['', ''];
  let databaseUrl: string;
  let before: Record<string, unknown>;
  /** The cursor of a page that was open before the move. */
  let cursor: string;

  const env = () => ({
    DATA_DIR: pair.dataDir,
    KEYS_DIR: pair.keysDir,
    CIPHER_PORT: String(pair.cipher().port),
  });
  const migrate = (...args: string[]): Promise<CommandResult> => runFile('migrate', args, env());
  const put = (who: Person, path: string, body: Uint8Array | object) => {
    const isBinary = body instanceof Uint8Array;
    const type = isBinary ? 'application/octet-stream' : 'application/json';
    return ask(`${pair.url}${path}`, {
      method: 'PUT',
      headers: { Authorization: `Bearer ${who.token}`, 'Content-Type': type },
      body: isBinary ? Buffer.from(body) : JSON.stringify(body),
    });
  };
  const done = async (answer: Promise<{ status: number; body: unknown }>) => {
    const { status, body } = await answer;
    expect([status, body]).toEqual([200, body]);
    return body as Message;
  };
  const send = (from: Person, more: object) => done(from.post('/chat/send', { senderId: from.id, ...more }));
  const pathOf = (message: Message) => `/conversations/${message.conversationId}/messages/${message.seq}`;

  /** What a person sees everywhere, without what each start of a box has of its own. */
  const everything = async (url: string, who: Person): Promise<Record<string, unknown>> => {
    const person = personWith(url, who);
    const {
      cursor: _,
      serverTime: __,
      presence: ___,
      pollAfterMs: ____,
      ...state
    } = (await person.get('/sync')).body as Delta & Record<string, unknown>;
    const read = async (id: Id) =>
      (await person.get(`/chat/history?myId=${who.id}&conversationId=${id}`)).body;
    return {
      state,
      direct: await read(conversationId),
      group: await read(groupId),
      stars: (await person.get('/stars')).body,
      // The clock of the tests, which runs too slow, moves what is shown of a time.
      scheduled: ((await person.get('/chat/scheduled')).body as { scheduled: Scheduled[] }).scheduled.map(
        ({ at: _, ...one }) => one,
      ),
    };
  };

  /** Kills a call as soon as it has got somewhere. */
  const killOnce = async (isReached: () => boolean | Promise<boolean>, ...args: string[]) => {
    const options = { env: { PATH: process.env.PATH, ...env() }, stdio: 'ignore' as const };
    const child = spawn(process.execPath, [MIGRATE, ...args], options);
    const ended = once(child, 'exit');
    await until(async () => child.exitCode !== null || (await isReached()));
    child.kill('SIGKILL');
    expect(await ended).toEqual([null, 'SIGKILL']);
  };

  beforeAll(async () => {
    [postgres, pair] = [await startPostgres(), await startPair()];
    folder = await mkdtemp(join(tmpdir(), 'bisik-moving-'));
    [ani, budi] = [await signUp(pair.url, 'ani'), await signUp(pair.url, 'budi')];
    await done(ani.post('/friends/add', { myId: ani.id, friendUsername: 'budi' }));
    groupId = (
      (await done(ani.post('/groups', { name: 'Keluarga', memberIds: [budi.id] }))) as unknown as { id: Id }
    ).id;
    const sent: Message[] = [];
    for (let n = 1; n <= 12; n++)
      sent.push(
        await send(n % 2 ? ani : budi, { receiverId: n % 2 ? budi.id : ani.id, message: `pesan ${n}` }),
      );
    const [first, second, third] = sent as [Message, Message, Message];
    conversationId = first.conversationId;
    await done(ani.patch(pathOf(first), { message: 'diubah' }));
    await done(ani.delete(`${pathOf(third)}?for=everyone`));
    await done(ani.delete(`${pathOf(second)}?for=me`));
    await done(put(budi, `${pathOf(first)}/reactions/${encodeURIComponent('👍')}`, {}));
    await done(put(ani, `${pathOf(first)}/star`, {}));
    const poll = await send(ani, {
      conversationId: groupId,
      poll: { question: 'Makan apa?', answers: ['Soto', 'Rawon'] },
    });
    await done(put(budi, `${pathOf(poll)}/vote`, { choices: [1] }));
    const client = { post: ani.post, put: (path: string, bytes: Uint8Array) => put(ani, path, bytes) };
    const { id } = await upload(client as unknown as Parameters<typeof upload>[0], groupId, bytesOf(200_000));
    await send(ani, { conversationId: groupId, message: 'jadwal', attachments: [id] });
    const later = {
      clientMessageId: randomUUID(),
      conversationId,
      message: 'nanti',
      at: Date.now() + 86_400_000,
    };
    await done(ani.post('/chat/scheduled', later));
    const page = (await ani.get('/sync')).body as Delta;
    cursor = page.cursor;
    // What arrived is marked as delivered.
    await ani.poll(cursor);
    before = await everything(pair.url, ani);
    // With the rights of docs/scaling.md and no more.
    databaseUrl = await restrictedDatabase(postgres);
    cores = await startCores(databaseUrl);
  });
  afterAll(async () => {
    await cores?.stop();
    await pair?.stop();
    await postgres?.stop();
    await rm(folder, { recursive: true });
  });

  it('copies a box that runs only as a rehearsal, and changes nothing of it', async () => {
    const rehearsal = await postgres.newDatabase();
    const refused = await migrate('--to', rehearsal);
    expect([refused.code, refused.output]).toEqual([1, expect.stringContaining('The box runs.')]);
    const { code, output } = await migrate('--to', rehearsal, '--yes', '--sample', 'all');
    expect([code, output]).toEqual([0, expect.stringContaining('is not in the copy')]);
    expect(await everything(pair.url, ani)).toEqual(before);
  });

  it('leaves nothing in the database when it is killed in the middle, and is called again', async () => {
    const killed = await postgres.newDatabase();
    await (await openPostgresStore({ databaseUrl: killed, filesFolder: folder, now: Date.now })).close();
    const name = URL.parse(killed)?.pathname.slice(1);
    const holder = new Client({ connectionString: killed });
    await holder.connect();
    // The copy waits here, with all people and headers in its transaction.
    await holder.query('begin; lock table messages in exclusive mode');
    const waiting = "select 1 from pg_locks where not granted and relation = 'messages'::regclass";
    const isWaiting = async () => (await postgres.run(waiting, name)).length > 0;
    await killOnce(isWaiting, '--to', killed, '--yes');
    await holder.query('commit');
    await holder.end();
    const rows = () =>
      postgres.run('select revision, (select count(*)::int from accounts) as people from box', name);
    expect(await rows()).toEqual([{ revision: '0', people: 0 }]);
    expect((await migrate('--to', killed, '--yes')).code).toBe(0);
    expect(await rows()).toMatchObject([{ people: 2 }]);
  });

  it('moves a stopped box to PostgreSQL: an open page gets one reset, and everybody sees what they saw', async () => {
    await pair.core().stop();
    const files = join(folder, 'files');
    const address = join(folder, 'address');
    await writeFile(address, `${databaseUrl}\n`);
    const { code, output } = await migrate('--to', address, '--files', files, '--sample', 'all');
    expect([code, output]).toEqual([
      0,
      expect.stringMatching(/1 files copied[\s\S]*messages opened[\s\S]*set the folder aside/),
    ]);
    core = await cores.start({ FILES_DIR: files });
    const delta = (await personWith(core.url, ani).poll(cursor)).body as Delta;
    expect(delta.reset).toBe(true);
    const next = (await personWith(core.url, ani).poll(delta.cursor)).body as Delta | undefined;
    expect(next?.reset).toBeUndefined();
    expect(await everything(core.url, ani)).toEqual(before);
  });

  it('moves it back into a folder that verify finds whole, with what came meanwhile', async () => {
    const there = personWith(core.url, budi);
    const sent = await done(
      there.post('/chat/send', { senderId: budi.id, receiverId: ani.id, message: 'dari PostgreSQL' }),
    );
    const { cursor: open } = (await personWith(core.url, ani).get('/sync')).body as Delta;
    const all = await everything(core.url, ani);
    await rename(pair.dataDir, join(folder, 'old'));
    const target = join(folder, 'new');
    const files = join(folder, 'files');
    const inUse = await migrate('--from', databaseUrl, '--to-folder', target, '--files', files);
    expect([inUse.code, inUse.output]).toEqual([1, expect.stringContaining('Cores use the database.')]);
    await core.stop();
    const without = await migrate('--from', databaseUrl, '--to-folder', target);
    expect([without.code, without.output]).toEqual([
      1,
      expect.stringContaining('--files takes the FILES_DIR'),
    ]);
    const isBegun = () => existsSync(join(`${target}.unfinished`, 'users'));
    await killOnce(isBegun, '--from', databaseUrl, '--to-folder', target, '--files', files);
    expect((await readdir(folder)).filter((name) => name.startsWith('new'))).toEqual(['new.unfinished']);
    const { code, output } = await migrate(
      '--from',
      databaseUrl,
      '--to-folder',
      target,
      '--files',
      files,
      '--sample',
      'all',
    );
    expect([code, output]).toEqual([0, expect.stringContaining('and checked.')]);
    expect((await readdir(folder)).filter((name) => name.includes('unfinished'))).toEqual([]);
    const again = await migrate('--from', databaseUrl, '--to-folder', target, '--files', files);
    expect([again.code, again.output]).toEqual([1, expect.stringContaining('is not empty')]);

    await rename(target, pair.dataDir);
    const verified = await runFile('verify', ['--sample', 'all'], env());
    expect([verified.code, verified.output]).toEqual([0, expect.stringContaining('Nothing is wrong.')]);
    await pair.restartCore();
    const delta = (await personWith(pair.url, ani).poll(open)).body as Delta;
    expect(delta.reset).toBe(true);
    expect(await everything(pair.url, ani)).toEqual(all);
    expect((all.direct as Message[]).at(-1)).toEqual({ ...sent, content: 'dari PostgreSQL' });
    await send(ani, { receiverId: budi.id, message: 'di rumah lagi' });
  });

  it('moves it to PostgreSQL with its files in a bucket, and back from there', async () => {
    const s3 = await startS3Server({ bucket: 'family', secret: 'of it' });
    onTestFinished(() => s3.stop());
    const bucket = { FILES_S3_ENDPOINT: s3.endpoint, FILES_S3_KEY_ID: 'KEYID', FILES_S3_SECRET: 'of it' };
    const place = 's3://family/moved';
    const run = (more: Record<string, string>, ...args: string[]) =>
      runFile('migrate', [...args, '--files', place, '--sample', 'all'], { ...env(), ...more });
    const all = await everything(pair.url, ani);
    await pair.core().stop();
    const target = await postgres.newDatabase();
    const wrong = await run({ ...bucket, FILES_S3_SECRET: 'other' }, '--to', target);
    expect([wrong.code, wrong.output]).toEqual([1, expect.stringContaining('FILES_S3_SECRET is not the')]);
    const without = await run({}, '--to', target);
    expect([without.code, without.output]).toEqual([1, expect.stringContaining('set FILES_S3_KEY_ID_FILE')]);
    let puts = 0;
    s3.intercept = (method) => (method === 'PUT' && ++puts === 2 ? 403 : undefined);
    const cut = await run(bucket, '--to', target);
    expect([cut.code, cut.output]).toEqual([1, expect.stringContaining('403. Nothing was kept')]);
    s3.intercept = undefined;
    const moved = await run(bucket, '--to', target);
    expect([moved.code, moved.output]).toEqual([
      0,
      expect.stringMatching(/1 files copied[\s\S]*1 files opened[\s\S]*FILES_URL=s3:\/\/family\/moved/),
    ]);
    const others = await startCores(target);
    onTestFinished(() => others.stop());
    const there = await others.start({ ...bucket, FILES_URL: place, KEYS_DIR: cores.keysDir });
    expect(await everything(there.url, ani)).toEqual(all);
    await there.stop();
    await rename(pair.dataDir, join(folder, 'older'));
    const back = await run(bucket, '--from', target, '--to-folder', pair.dataDir);
    expect([back.code, back.output]).toEqual([0, expect.stringContaining('1 files copied')]);
    const verified = await runFile('verify', ['--sample', 'all'], env());
    expect([verified.code, verified.output]).toEqual([0, expect.stringContaining('Nothing is wrong.')]);
    await pair.restartCore();
    expect(await everything(pair.url, ani)).toEqual(all);
  });
});
