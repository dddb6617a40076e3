import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRecoveryKey } from '../src/commands/backup/recovery-key.ts';
import { runFile } from './support/command.ts';
import { type Pair, startPair } from './support/pair.ts';
import { type Person, signUpPairs } from './support/person.ts';
import { startS3Server } from './support/s3-server.ts';
import { bytesOf, fileInput } from './support/uploads.ts';
import { startWebdavServer } from './support/webdav-server.ts';

let pair: Pair;
let folder: string;
let usb: string;
let key = '';
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

/** Sends one file without a text. @returns the path of its sealed bytes */
async function sendFile(bytes: Buffer): Promise<string> {
  const [from, to] = friends;
  const sent = await from.post('/chat/send', { senderId: from.id, receiverId: to.id, message: 'berkas' });
  const { conversationId } = sent.body as { conversationId: string };
  const input = fileInput(conversationId, bytes.length);
  expect((await from.post('/attachments', input)).status).toBe(200);
  const put = await fetch(`${pair.url}/attachments/${input.id}?offset=0`, {
    method: 'PUT',
    headers: { Authorization: `Bearer ${from.token}`, 'Content-Type': 'application/octet-stream' },
    body: new Uint8Array(bytes),
  });
  expect(put.status).toBe(200);
  const body = { senderId: from.id, conversationId, message: '', attachments: [input.id] };
  expect((await from.post('/chat/send', body)).status).toBe(200);
  return join(pair.dataDir, 'attachments', conversationId, input.id);
}

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

it('S3 gets each file of a message once, and a second box restores all of it from there', async () => {
  // Also when this test runs alone.
  if (key === '') key = await createRecoveryKey(pair.keysDir);
  const s3 = await startS3Server({ bucket: 'family', secret: 'of the bucket', pageSize: 3 });
  try {
    await writeFile(join(folder, 'id'), 'KEYID');
    await writeFile(join(folder, 'secret'), 'of the bucket\n');
    const target = {
      BACKUP_TARGET: 's3://family/box',
      BACKUP_S3_ENDPOINT: s3.endpoint,
      BACKUP_S3_KEY_ID_FILE: join(folder, 'id'),
      BACKUP_S3_SECRET_FILE: join(folder, 'secret'),
    };
    await sendFile(bytesOf(200_000));
    await sendFile(bytesOf(70_000));
    const first = await runFile('backups', ['--now'], { ...box(), ...target });
    expect([first.code, first.output]).toEqual([
      0,
      expect.stringMatching(/2 new files(.|\n)*and 2 files opened/),
    ]);
    const second = await runFile('backups', ['--now'], { ...box(), ...target });
    expect([second.code, second.output]).toEqual([0, expect.stringContaining('0 new files')]);

    const folders = { DATA_DIR: join(folder, 's3box', 'data'), KEYS_DIR: join(folder, 's3box', 'keys') };
    const env = { ...target, ...folders, BACKUP_SCRATCH_DIR: join(folder, 'scratch-2') };
    const restored = await runFile('restore', ['--from-target', '--identity-file', await keyFile()], env);
    expect([restored.code, restored.output]).toEqual([
      0,
      expect.stringContaining('2 files of messages are in it'),
    ]);
    expect(await readdir(join(folder, 'scratch-2'))).toEqual([]);
    const verified = await runFile('verify', ['--sample', 'all'], { ...folders, CIPHER_PORT: '0' });
    expect([verified.code, verified.output]).toEqual([0, expect.stringContaining('2 of 2 files opened')]);

    // What the target holds of a file is altered: the rehearsal notices it, and nothing is removed.
    for (const [name, bytes] of s3.objects)
      if (name.includes('/attachments/')) s3.objects.set(name, Buffer.alloc(bytes.length));
    const names = [...s3.objects.keys()];
    const damaged = await runFile('backups', ['--now'], { ...box(), ...target });
    expect([damaged.code, damaged.output]).toEqual([1, expect.stringContaining('do not open')]);
    expect(await state()).toMatchObject({ rehearsal: 'failed', error: 'REHEARSAL_FAILED', failures: 1 });
    for (const name of names) expect([...s3.objects.keys()]).toContain(name);
  } finally {
    await s3.stop();
  }
});

it('a second box restores all of it from a WebDAV folder', async () => {
  // Also when this test runs alone.
  if (key === '') key = await createRecoveryKey(pair.keysDir);
  const dav = await startWebdavServer('ani', 'of the folder');
  try {
    await writeFile(join(folder, 'password'), 'of the folder\n');
    const target = {
      BACKUP_TARGET: dav.url,
      BACKUP_WEBDAV_USER: 'ani',
      BACKUP_WEBDAV_PASSWORD_FILE: join(folder, 'password'),
    };
    await sendFile(bytesOf(90_000));
    const made = await runFile('backups', ['--now'], { ...box(), ...target });
    expect([made.code, made.output]).toEqual([0, expect.stringContaining('Rehearsed')]);
    const folders = { DATA_DIR: join(folder, 'davbox', 'data'), KEYS_DIR: join(folder, 'davbox', 'keys') };
    const env = { ...target, ...folders, BACKUP_SCRATCH_DIR: join(folder, 'scratch-3') };
    const restored = await runFile('restore', ['--from-target', '--identity-file', await keyFile()], env);
    expect([restored.code, restored.output]).toEqual([
      0,
      expect.stringMatching(/[1-9] files of messages are in it/),
    ]);
    const verified = await runFile('verify', ['--sample', 'all'], { ...folders, CIPHER_PORT: '0' });
    expect([verified.code, verified.output]).toEqual([
      0,
      expect.stringMatching(/([1-9]) of \1 files opened/),
    ]);
  } finally {
    await dav.stop();
  }
});

it('a backup that is killed leaves no backup, and the next one succeeds and removes what was left', async () => {
  const before = (await readdir(usb)).filter((name) => name.endsWith('.age'));
  const s3 = await startS3Server({ bucket: 'family', secret: 'of the bucket' });
  try {
    const script = fileURLToPath(new URL('../src/commands/backups.ts', import.meta.url));
    const target = {
      BACKUP_TARGET: 's3://family',
      BACKUP_S3_ENDPOINT: s3.endpoint,
      BACKUP_S3_KEY_ID_FILE: join(folder, 'id'),
      BACKUP_S3_SECRET_FILE: join(folder, 'secret'),
    };
    const child = spawn(process.execPath, [script, '--now'], { env: { ...box(), ...target } });
    // Killed while its first file is uploaded.
    s3.intercept = (method, key) => {
      if (method === 'PUT' && key.endsWith('.files')) child.kill('SIGKILL');
      return undefined;
    };
    await once(child, 'exit');
    expect([...s3.objects.keys()].filter((name) => name.endsWith('.age'))).toEqual([]);
    expect(await readdir(join(folder, 'scratch'))).toContain('spool');
    expect(await state()).toMatchObject({ running: true });
  } finally {
    await s3.stop();
  }
  const made = await runFile('backups', ['--now'], box());
  expect([made.code, made.output]).toEqual([0, expect.stringContaining('Rehearsed')]);
  expect(await readdir(join(folder, 'scratch'))).toEqual(['state.json']);
  expect((await readdir(usb)).filter((name) => name.endsWith('.age')).length).toBeGreaterThan(
    before.length - 1,
  );
});

it('two backups at once do not disturb each other: the second is refused', async () => {
  const both = await Promise.all([1, 2].map(() => runFile('backups', ['--now'], box())));
  expect(both.map(({ code }) => code).sort()).toEqual([0, 1]);
  expect(both.find(({ code }) => code === 1)?.output).toContain('Another backup runs');
  expect(await state()).toMatchObject({ failures: 0, rehearsal: 'ok' });
});

it('a folder whose disk is not mounted any more gets no backup', async () => {
  // As after a backup while another disk was mounted there.
  await writeFile(
    join(folder, 'scratch', 'state.json'),
    JSON.stringify({ ...(await state()), ownDisk: usb }),
  );
  const names = await readdir(usb);
  const refused = await runFile('backups', ['--now'], box());
  expect([refused.code, refused.output]).toEqual([1, expect.stringContaining('is its disk mounted?')]);
  expect(await state()).toMatchObject({ error: 'TARGET_MISSING' });
  expect(await readdir(usb)).toEqual(names);
});

it('a file that is deleted while the backup runs is not in it, and the rehearsal does not fail for that', async () => {
  const s3 = await startS3Server({ bucket: 'family', secret: 'of the bucket' });
  try {
    const [whole, deleted] = [await sendFile(bytesOf(60_000)), await sendFile(bytesOf(50_000))];
    await writeFile(join(folder, 'id'), 'KEYID');
    await writeFile(join(folder, 'secret'), 'of the bucket\n');
    const target = {
      BACKUP_TARGET: 's3://family',
      BACKUP_S3_ENDPOINT: s3.endpoint,
      BACKUP_S3_KEY_ID_FILE: join(folder, 'id'),
      BACKUP_S3_SECRET_FILE: join(folder, 'secret'),
    };
    // The database is copied by then; its files follow.
    s3.intercept = (method, name) => {
      if (method === 'PUT' && name.endsWith('.files')) rmSync(deleted, { force: true });
      return undefined;
    };
    const made = await runFile('backups', ['--now'], { ...box(), ...target });
    expect([made.code, made.output]).toEqual([
      0,
      expect.stringContaining('1 files of messages are not in it: deleted meanwhile'),
    ]);
    expect(await state()).toMatchObject({ rehearsal: 'ok', failures: 0 });
    const stored = [...s3.objects.keys()].join();
    expect([stored.includes(basename(whole)), stored.includes(basename(deleted))]).toEqual([true, false]);
  } finally {
    await s3.stop();
  }
});
