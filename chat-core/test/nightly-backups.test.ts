import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRecoveryKey } from '../src/commands/backup/recovery-key.ts';
import { runFile } from './support/command.ts';
import { type Pair, startPair } from './support/pair.ts';
import { type Person, signUpPairs } from './support/person.ts';

let pair: Pair;
let folder: string;
let usb: string;
let key: string;
let friends: [Person, Person];
const box = () => ({
  DATA_DIR: pair.dataDir,
  KEYS_DIR: pair.keysDir,
  CIPHER_PORT: String(pair.cipher().port),
  BACKUP_TARGET: usb,
  BACKUP_SCRATCH_DIR: join(folder, 'scratch'),
});
const state = async () => JSON.parse(await readFile(join(folder, 'scratch', 'state.json'), 'utf8'));
const send = async (message: string) => {
  const [from, to] = friends;
  const body = { senderId: from.id, receiverId: to.id, message };
  expect((await from.post('/chat/send', body)).status).toBe(200);
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bisik-nightly-'));
  usb = join(folder, 'usb');
  await mkdir(usb);
  pair = await startPair();
  [friends] = (await signUpPairs(pair.url, 'malam', 1)) as [[Person, Person]];
  for (let n = 0; n < 150; n++) await send(`pesan ${n}`);
});
afterAll(async () => {
  await pair.stop();
  await rm(folder, { recursive: true });
});

it('without a recovery key a backup is refused, and the state says why', async () => {
  const refused = await runFile('backups', ['--now'], box());
  expect(refused.code).toBe(1);
  expect(refused.output).toContain('--new-recovery-key');
  expect(await state()).toMatchObject({ failures: 1, error: 'NO_RECOVERY_KEY', running: false });
  key = await createRecoveryKey(pair.keysDir);
});

it('a backup of a running box is stored, rehearsed without the recovery key, and opened by it', async () => {
  const settings = join(folder, 'settings');
  await mkdir(join(settings, 'tunnel'), { recursive: true });
  await writeFile(join(settings, '.env'), 'PUBLIC_URL=https://chat.example.org\n');
  await writeFile(join(settings, 'tunnel', 'credentials.json'), '{}');
  const made = await runFile('backups', ['--now'], { ...box(), BACKUP_SETTINGS_DIR: settings });
  expect([made.code, made.output]).toEqual([0, expect.stringContaining('Rehearsed: 150 of 150 messages')]);
  expect(await state()).toMatchObject({ failures: 0, rehearsal: 'ok', running: false });
  const names = await readdir(usb);
  expect(names.map((name) => name.replace(/.*Z/, ''))).toEqual(['.age', '.files']);
  // What it needed meanwhile is removed.
  expect(await readdir(join(folder, 'scratch'))).toEqual(['state.json']);

  const checked = await runFile('restore', [usb, '--dry-run', '--identity-file', await keyFile()], box());
  expect([checked.code, checked.output]).toEqual([0, expect.stringContaining('is whole')]);
});

async function keyFile(): Promise<string> {
  const file = join(folder, 'key.txt');
  await writeFile(file, key);
  return file;
}

it('a second box restores it with the recovery key alone, the settings and the keys too', async () => {
  const other = { DATA_DIR: join(folder, 'second', 'data'), KEYS_DIR: join(folder, 'second', 'keys') };
  const restored = await runFile(
    'restore',
    [usb, '--identity-file', await keyFile(), '--settings', join(folder, 'second')],
    other,
  );
  expect([restored.code, restored.output]).toEqual([
    0,
    expect.stringContaining('.env is that of the backup'),
  ]);
  expect(await readFile(join(folder, 'second', '.env'), 'utf8')).toContain('chat.example.org');
  expect(await readFile(join(folder, 'second', 'tunnel', 'credentials.json'), 'utf8')).toBe('{}');
  const verified = await runFile('verify', ['--sample', 'all'], { ...other, CIPHER_PORT: '0' });
  expect([verified.code, verified.output]).toEqual([0, expect.stringContaining('150 of 150 opened')]);
});
