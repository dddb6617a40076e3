import { createCipheriv, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hash } from 'bcrypt';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Delta, Message } from '../../src/wire/wire.ts';
import { runFile } from '../support/command.ts';
import { everythingIn } from '../support/disk.ts';
import { type Pair, startPair } from '../support/pair.ts';
import { logIn, PASSWORD, type Person, post } from '../support/person.ts';
import { startService } from '../support/service.ts';

const ANI = '550e8400-e29b-41d4-a716-446655440000';
const BUDI = '9369a106-377e-47a6-8872-c994764a1d00';
const TWIN = '9369a106-377e-47a6-8872-c994764a1d01';
const PAK = '9369a106-377e-47a6-8872-c994764a1d02';
const key = randomBytes(32);

function seal(text: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  return Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]).toString('base64');
}

let pair: Pair;
let folder: string;
let env: Record<string, string>;
let file: string;
beforeAll(async () => {
  pair = await startPair();
  await pair.core().stop();
  folder = await mkdtemp(join(tmpdir(), 'bisik-import-'));
  // No cipher-service listens on this port: the commands start their own.
  env = { DATA_DIR: join(folder, 'data'), KEYS_DIR: pair.keysDir, CIPHER_PORT: '1' };
  file = join(folder, 'db.json');
  const password = await hash(PASSWORD, 4);
  const twins = await hash('sandi-si-kembar', 4);
  const user = (id: string, username: string, contacts: string[] = []) => ({
    id,
    username,
    password,
    contacts,
  });
  const row = (id: string, senderId: string, receiverId: string, content: string, timestamp: number) => ({
    id,
    senderId,
    receiverId,
    content,
    timestamp,
  });
  await writeFile(
    file,
    JSON.stringify({
      users: [
        user(ANI, 'ani', [BUDI, 'unknown']),
        user(BUDI, 'budi'),
        { ...user(TWIN, 'ANI'), password: twins.replace('$2b$', '$2y$') },
        user(PAK, 'Pak Eko'),
      ],
      messages: [
        row('three', ANI, BUDI, seal('ketiga'), 1_704_445_568_000),
        row('one', ANI, BUDI, 'rahasia terbuka', 1_704_445_566),
        row('two', BUDI, ANI, 'aGFsbw==', 1_704_445_567),
        row('four', BUDI, ANI, seal('x').replace(/^..../, 'AAAA'), 1_704_445_569),
        row('five', ANI, PAK, 'sekali saja', 1_704_445_570),
        row('six', ANI, 'ghost', 'ke mana', 1_704_445_570),
        { id: 'seven' },
      ],
    }),
  );
  await writeFile(join(folder, 'key'), key.toString('hex'));
});
afterAll(async () => {
  await pair.stop();
  await rm(folder, { recursive: true });
});

const runImport = (...more: string[]) =>
  runFile('import', [file, '--legacy-key', join(folder, 'key'), ...more], env);
const history = async (person: Person, friendId: string) =>
  (await person.get(`/chat/history?myId=${person.id}&friendId=${friendId}`)).body as Message[];

/** Runs chat-core on the imported folder. */
async function withCore<T>(work: (url: string) => Promise<T>): Promise<T> {
  const core = await startService('chat-core', {
    PORT: '0',
    CIPHER_PORT: String(pair.cipher().port),
    KEYS_DIR: pair.keysDir,
    DATA_DIR: env.DATA_DIR ?? '',
    RATE_LIMITS: 'off',
  });
  try {
    return await work(`http://127.0.0.1:${core.port}`);
  } finally {
    await core.stop();
  }
}

it('an import without --yes prints its plan and changes nothing', async () => {
  const dry = await runImport('--dry-run');
  expect(dry.code).toBe(0);
  expect(dry.output).toMatch(
    / 4 users\n +2 of them renamed.*\n +"ANI" becomes ani-2\n +"Pak Eko" becomes pak-eko/,
  );
  expect(dry.output).toMatch(/ 1 friendships to make\n +1 contacts dropped/);
  expect(dry.output).toMatch(/ 3 messages \(readable.*\n +1 messages \(opened.*\n +1 messages \(do not open/);
  expect(dry.output).toMatch(/ 1 messages \(left out: sender.*\n +1 messages left out/);
  const unasked = await runImport();
  expect(unasked).toMatchObject({ code: 1, output: expect.stringContaining('say --yes') });
  expect(await readdir(folder)).not.toContain('data');
});

it('an import brings in people, friendships and messages, and no plaintext is on the disk', async () => {
  expect(await runImport('--yes')).toMatchObject({ code: 0, output: expect.stringContaining('Done.') });
  const stored = everythingIn(env.DATA_DIR ?? '');
  for (const text of ['rahasia terbuka', 'aGFsbw==', 'ketiga', 'sekali saja'])
    expect(stored).not.toContain(text);
  await withCore(async (url) => {
    const ani = await logIn(url, 'ani');
    const messages = await history(ani, BUDI);
    expect(messages.map(({ content, seq, locked }) => [seq, content, locked])).toEqual([
      [1, 'rahasia terbuka', undefined],
      [2, 'aGFsbw==', undefined],
      [3, 'ketiga', undefined],
      [4, '', true],
    ]);
    expect(messages.map(({ timestamp }) => timestamp)).toEqual([
      1_704_445_566_000, 1_704_445_567_000, 1_704_445_568_000, 1_704_445_569_000,
    ]);
    const budi = await logIn(url, 'budi');
    expect((await budi.get(`/friends/${BUDI}`)).body).toEqual([{ id: ANI, username: 'ani' }]);
    expect((await budi.get('/sync')).body as Delta).toMatchObject({ friends: [{ id: ANI }] });
  });
});

it('renamed people log in with either name, and people who are not friends have their history', async () => {
  await withCore(async (url) => {
    for (const name of ['ani-2', 'ANI', 'ani']) {
      expect((await logIn(url, name, 'sandi-si-kembar')).id).toBe(TWIN);
    }
    expect((await logIn(url, 'ANI')).id).toBe(ANI);
    const wrong = { username: 'ani', password: 'sandi-orang-lain' };
    expect((await post(`${url}/auth/login`, wrong)).status).toBe(401);
    expect((await logIn(url, 'pak-eko')).id).toBe(PAK);
    const pak = await logIn(url, 'Pak Eko');
    expect(pak.id).toBe(PAK);
    expect((await history(pak, ANI)).map(({ content }) => content)).toEqual(['sekali saja']);
    const refused = await pak.post('/chat/send', { senderId: PAK, receiverId: ANI, message: 'halo' });
    expect(refused).toMatchObject({ status: 403, body: { code: 'NOT_FRIENDS' } });
    expect((await post(`${url}/auth/register`, { username: 'pak eko', password: PASSWORD })).status).toBe(
      400,
    );
  });
});

it('a password that another program hashed as typed logs in until it is changed', async () => {
  const typed = { lama: 'p'.repeat(80), nfd: 'pa\u0308ssword', kompat: '\ufb01sh\u2460\uff12\uff13\uff14x' };
  const users = await Promise.all(
    Object.entries(typed).map(async ([username, password]) => ({
      id: username,
      username,
      // bcrypt reads 72 bytes of it, in both programs.
      password: (await hash(password, 4)).replace('$2b$', '$2a$'),
      contacts: [],
    })),
  );
  const other = join(folder, 'typed.json');
  await writeFile(other, JSON.stringify({ users, chats: [] }));
  expect(await runFile('import', [other, '--yes'], env)).toMatchObject({ code: 0 });
  await withCore(async (url) => {
    for (const [username, password] of Object.entries(typed)) await logIn(url, username, password);
    const [username, password] = ['lama', typed.lama];
    const me = await logIn(url, username, password);
    const input = { userId: me.id, currentPassword: password, newPassword: 'q'.repeat(72) };
    expect((await me.post('/auth/change-password', input)).status).toBe(200);
    expect((await post(`${url}/auth/login`, { username, password })).status).toBe(401);
    // The new hash is of the whole password.
    const longer = { username, password: `${'q'.repeat(72)}other` };
    expect((await post(`${url}/auth/login`, longer)).status).toBe(401);
  });
});

it('a second import of the same file changes nothing', async () => {
  const again = await runImport('--yes');
  expect(again.output).toContain('There is nothing to do.');
  expect(again.code).toBe(0);
});

it('an import of an invalid file or with invalid arguments is refused in a sentence', async () => {
  const bad = join(folder, 'bad.json');
  await writeFile(bad, '{"users":[]}');
  const latin = join(folder, 'latin.json');
  await writeFile(latin, '{"users":[{"id":1,"username":"josé"}],"chats":[]}', 'latin1');
  for (const args of [
    [],
    [bad],
    [latin, '--yes'],
    [join(folder, 'none')],
    [join(folder, 'key')],
    [file, '--key-context', 'x'],
    ['--odd'],
  ]) {
    const { code, output } = await runFile('import', args, env);
    expect(code).toBe(1);
    expect(output).toMatch(/^[^\n]+\n$/);
    expect(output).not.toContain('    at ');
  }
  expect(await runFile('import', ['--help'], env)).toMatchObject({
    code: 0,
    output: expect.stringContaining('--legacy-key'),
  });
});

it('an import accepts a db.json inside DATA_DIR', async () => {
  const dataDir = join(folder, 'in-place');
  const place = join(dataDir, 'db.json');
  await mkdir(dataDir);
  await writeFile(place, await readFile(file));
  const { code, output } = await runFile('import', [place, '--yes'], { ...env, DATA_DIR: dataDir });
  expect([code, output]).toEqual([0, expect.stringContaining('db.json.original')]);
  expect(output).toContain('Without --legacy-key');
});

it('an export, sealed or plain, reads the same after an import into an empty box', async () => {
  const exported = join(folder, 'exported.json');
  expect(await runFile('export', [exported], env)).toMatchObject({ code: 0 });
  expect(await runFile('export', [exported], env)).toMatchObject({ code: 1 });
  expect(await runFile('export', [exported, '--force'], env)).toMatchObject({ code: 0 });
  const text = await readFile(exported, 'utf8');
  expect(text).not.toContain('ketiga');
  expect(JSON.parse(text).users[0]).toMatchObject({ id: ANI, username: 'ani', contacts: [BUDI] });
  expect(((await stat(exported)).mode & 0o777).toString(8)).toBe('600');
  const piped = await runFile('export', ['-'], env);
  expect(piped).toEqual({
    code: 0,
    output: expect.stringMatching(/\]\}\n\d+ messages are in the output\.\n/),
  });
  expect(piped.output.startsWith(text)).toBe(true);

  const plain = join(folder, 'plain.json');
  expect((await runFile('export', [plain, '--plain'], env)).code).toBe(1);
  expect(await runFile('export', [plain, '--plain', '--yes'], env)).toMatchObject({ code: 0 });
  expect(await readFile(plain, 'utf8')).toContain('ketiga');

  const readHistories = () =>
    withCore(async (url) => {
      const people = [await logIn(url, 'ani'), await logIn(url, 'Pak Eko')];
      return [await history(people[0] as Person, BUDI), await history(people[1] as Person, ANI)];
    });
  const before = await readHistories();
  const first = env;
  for (const [name, one] of Object.entries({ sealed: exported, readable: plain })) {
    env = { ...first, DATA_DIR: join(folder, name) };
    const ran = await runFile('import', [one, '--yes'], env);
    expect([ran.code, ran.output]).toEqual([0, expect.stringContaining('Done.')]);
    expect(await readHistories()).toEqual(before);
  }
  env = first;
});

it('import and export are refused while chat-core uses the folder', async () => {
  await withCore(async () => {
    for (const name of ['import', 'export']) {
      const { code, output } = await runFile(
        name,
        [join(folder, name === 'import' ? 'exported.json' : 'x.json'), '--yes'],
        env,
      );
      expect([code, output]).toEqual([1, expect.stringContaining('Another process uses')]);
    }
  });
});

it('a missing or unwritable file is named in a sentence, and help texts in an image name no npm command', async () => {
  const nowhere = join(folder, 'nowhere', 'db.json');
  expect(await runFile('export', [nowhere], env)).toMatchObject({
    code: 1,
    output: expect.stringMatching(
      /^\/.*nowhere\/db\.json cannot be written: there is no such file or folder\./,
    ),
  });
  expect(await runFile('import', [nowhere, '--yes'], env)).toMatchObject({
    code: 1,
    output: expect.stringMatching(/nowhere\/db\.json cannot be read: there is no such file or folder\./),
  });
  for (const name of ['import', 'export', 'verify', 'repair', 'backup', 'restore', 'invite', 'reports']) {
    const { output } = await runFile(name, ['--help'], { ...env, BISIK_COMMANDS: 'docker' });
    expect([name, output]).toEqual([name, expect.stringContaining('docker ')]);
    expect([name, output]).toEqual([name, expect.not.stringMatching(/npm (run|start)/)]);
  }
});
