import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { generateX25519Identity } from 'age-encryption';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Delta, Message } from '../src/wire/wire.ts';
import { COMPILED } from './support/command.ts';
import { everythingIn } from './support/disk.ts';
import { type Pair, startPair } from './support/pair.ts';
import { logIn, type Person, signUpPairs } from './support/person.ts';

type CommandResult = { code: number | null; out: string; err: string };

let pair: Pair;
let folder: string;
let file: string;
let key: string;
let friends: [Person, Person][];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bisik-backup-'));
  file = join(folder, 'box.age');
  pair = await startPair();
  friends = await signUpPairs(pair.url, 'cadangan', 4);
});
afterAll(async () => {
  await pair.stop();
  await rm(folder, { recursive: true });
});

/** Starts a command in its own process, as npm does, without a terminal; `input` is its standard input. */
function start(command: 'backup' | 'restore', args: string[], input = '') {
  const script = fileURLToPath(new URL(`../src/commands/${command}.ts`, import.meta.url));
  const child = spawn(process.execPath, [script, ...args], {
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: COMPILED,
      DATA_DIR: pair.dataDir,
      KEYS_DIR: pair.keysDir,
    },
  });
  child.stdin.end(input);
  return child;
}

async function run(command: 'backup' | 'restore', args: string[], input = ''): Promise<CommandResult> {
  const child = start(command, args, input);
  const ended = new Promise<number | null>((end) => child.once('exit', end));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { out, err, code };
}

const send = async (from: Person, to: Person, message: string) => {
  const answer = await from.post('/chat/send', { senderId: from.id, receiverId: to.id, message });
  return { status: answer.status, text: message };
};

/** All texts between two people, in order. */
async function textsBetween([one, other]: [Person, Person]): Promise<string[]> {
  const path = `/chat/history?myId=${one.id}&friendId=${other.id}`;
  const texts: string[] = [];
  for (let before = ''; ; ) {
    const page = (await one.get(path + before)).body as Message[];
    texts.unshift(...page.map(({ content }) => content));
    if (page[0] === undefined || page[0].seq === 1) return texts;
    before = `&before=${page[0].seq}`;
  }
}

it('a backup without a recovery key and a terminal is refused, and a new key is printed and never stored', async () => {
  const { code, err } = await run('backup', [file]);
  expect([code, err.split('\n').length]).toEqual([1, 2]);
  expect(err).toContain('--new-recovery-key');
  const created = await run('backup', ['--new-recovery-key']);
  expect([created.code, created.out]).toEqual([0, '']);
  key = /AGE-SECRET-KEY-1\w+/.exec(created.err)?.[0] ?? '';
  expect(key).toHaveLength(74);
  // It is stored nowhere.
  for (const stored of [everythingIn(pair.dataDir), everythingIn(pair.keysDir), pair.core().log()])
    expect(stored).not.toContain(key);
});

it('a backup of a busy box contains all messages acknowledged before it began, and no send is refused', async () => {
  const acknowledged = new Map(friends.map((two) => [two, [] as string[]]));
  const refused: number[] = [];
  let busy = true;
  const sending = friends.map(async (two) => {
    for (let n = 0; busy; n++) {
      const { status, text: sent } = await send(...two, `pesan ${n}`);
      if (status === 200) acknowledged.get(two)?.push(sent);
      else refused.push(status);
    }
  });
  while (friends.some((two) => (acknowledged.get(two)?.length ?? 0) < 40)) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const before = new Map(friends.map((two) => [two, [...(acknowledged.get(two) ?? [])]]));
  const { code, out, err } = await run('backup', [file]);
  busy = false;
  await Promise.all(sending);
  expect([code, err]).toEqual([0, '']);
  expect(out).toMatch(/[\d,]+ bytes, everything up to revision \d+/);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(refused).toEqual([]);
  // The premise: the box was busy during the backup.
  for (const two of friends)
    expect(acknowledged.get(two)?.length).toBeGreaterThan(before.get(two)?.length ?? 0);
  expect((await run('backup', [file])).err).toContain('--force');

  const [ani] = friends[0] ?? [];
  if (!ani) throw new Error('no friends');
  const { cursor } = (await ani.get('/sync')).body as Delta;
  expect(await ani.poll(cursor)).toMatchObject({ status: 204 });

  expect((await run('restore', [file], key)).err).toContain('Another process uses');
  const dryRun = await run('restore', [file, '--dry-run'], `# a comment\n${key}\n`);
  expect([dryRun.code, dryRun.err]).toEqual([0, '']);
  await pair.stopCipher();
  const keyring = await readFile(join(pair.keysDir, 'cipher', 'keyring.json'), 'utf8');
  await pair.core().stop();
  await writeFile(join(pair.keysDir, 'cipher', 'keyring.json'), 'lost');
  const identity = join(folder, 'key.txt');
  await writeFile(identity, key);
  const restored = await run('restore', [file, '--identity-file', identity]);
  expect([restored.code, restored.err]).toEqual([0, '']);
  expect(await readFile(join(pair.keysDir, 'cipher', 'keyring.json'), 'utf8')).toBe(keyring);
  // The audit trail outlasts the restore, and has the recovery key and the backup, which the running core recorded, and the restore itself.
  const trail = await readFile(join(pair.dataDir, 'audit', 'operator.jsonl'), 'utf8');
  const recorded = [...trail.matchAll(/"command":"(\w+)"/g)].map(([, command]) => command);
  expect(recorded).toEqual(['backup', 'backup', 'restore']);
  await pair.startCipher();
  await pair.restartCore();

  // Sessions that were ended since the backup must not come back, so all of them ended.
  expect(restored.out).toMatch(/Everyone logs in again: \d+ sessions/);
  expect((await ani.poll(cursor)).status).toBe(401);
  for (const two of friends) {
    const [one, other] = two;
    const texts = await textsBetween([await logIn(pair.url, one.username), other]);
    const known = before.get(two) ?? [];
    expect(texts.slice(0, known.length)).toEqual(known);
    // All restored texts are a prefix of what was sent: nothing is missing in between.
    expect(acknowledged.get(two)?.slice(0, texts.length)).toEqual(texts);
  }
  // A cursor past the backup gets the whole state.
  const again = await logIn(pair.url, ani.username);
  expect((await again.poll(cursor)).body).toMatchObject({ reset: true });
});

it('a restore with a wrong key or an altered file is refused in one sentence', async () => {
  await pair.core().stop();
  const before = everythingIn(pair.dataDir);
  const other = await generateX25519Identity();
  const wrong = await run('restore', [file], other);
  expect([wrong.code, wrong.err]).toEqual([
    1,
    'This recovery key does not open this backup: another key belongs to it.\n',
  ]);
  const bytes = await readFile(file);
  await writeFile(file, bytes.subarray(0, -100));
  const cut = await run('restore', [file], key);
  expect([cut.code, cut.err]).toEqual([
    1,
    'The backup was altered or is not complete: it was not opened to its end.\n',
  ]);
  expect((await run('restore', [])).code).toBe(1);
  expect((await run('restore', ['--help'])).out).toContain('npm run restore');
  expect(everythingIn(pair.dataDir)).toBe(before);
  await pair.restartCore();
});

it('a restore that is stopped or killed leaves the box unchanged, and the next restore removes its staged copies', async () => {
  const whole = join(folder, 'whole.age');
  await createBackup(whole);
  await pair.core().stop();
  const before = everythingIn(pair.dataDir) + everythingIn(pair.keysDir);
  const staged = async () =>
    (await readdir(join(pair.keysDir, 'core'))).filter((one) => /^restore-/.test(one));
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const pipe = join(folder, signal);
    execFileSync('mkfifo', [pipe]);
    const child = start('restore', [pipe], key);
    const ended = new Promise<number | null>((end) => child.once('exit', end));
    const stderr = text(child.stderr);
    const feed = createWriteStream(pipe);
    feed.on('error', () => {});
    // All but the end of the file: the keys are unpacked by then.
    feed.write((await readFile(whole)).subarray(0, -70_000));
    await expect.poll(staged).toHaveLength(1);
    if (signal === 'SIGTERM') {
      const other = await run('restore', [whole, '--dry-run'], key);
      expect([other.code, other.err]).toEqual([1, expect.stringContaining('Another restore')]);
    }
    child.kill(signal);
    if (signal === 'SIGTERM') await expect.poll(staged).toEqual([]);
    feed.destroy();
    expect(await ended).toBe(signal === 'SIGTERM' ? 1 : null);
    expect(await stderr).toBe(signal === 'SIGTERM' ? 'The restore was stopped: nothing was replaced.\n' : '');
  }
  expect(await staged()).toHaveLength(1);
  expect((await run('restore', [whole, '--dry-run'], key)).err).toBe('');
  expect(await staged()).toEqual([]);
  expect(everythingIn(pair.dataDir) + everythingIn(pair.keysDir)).toBe(before);
  expect((await run('restore', [join(folder, 'none.age')], key)).err).toMatch(
    /^There is no file .*none\.age\.\n$/,
  );
  await pair.restartCore();
});

/** Writes a backup whose keys are far from its end. */
async function createBackup(path: string): Promise<void> {
  const filler = join(pair.keysDir, 'core', 'filler');
  await writeFile(filler, randomBytes(400_000));
  const created = await run('backup', [path]);
  expect([created.code, created.err]).toEqual([0, '']);
  await rm(filler);
}

it('the data from before a restore is deleted by --forget --yes, and not before', async () => {
  const replacedFolders = async () =>
    (await readdir(pair.dataDir)).filter((name) => name.startsWith('before-restore-'));
  expect(await replacedFolders()).toHaveLength(1);
  const asked = await run('restore', ['--forget']);
  expect([asked.code, asked.err]).toEqual([1, expect.stringContaining('say --yes')]);
  expect(await replacedFolders()).toHaveLength(1);
  expect(await run('restore', ['--forget', '--yes'])).toMatchObject({ code: 0, err: '' });
  expect(await replacedFolders()).toEqual([]);
});

it('a backup can be written to standard output', async () => {
  await rm(file);
  const script = fileURLToPath(new URL('../src/commands/backup.ts', import.meta.url));
  const child = spawn(process.execPath, [script, '-'], {
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: COMPILED,
      DATA_DIR: pair.dataDir,
      KEYS_DIR: pair.keysDir,
    },
  });
  await pipeline(child.stdout, createWriteStream(file));
  expect((await run('restore', [file, '--dry-run'], key)).out).toContain('is whole');
});
