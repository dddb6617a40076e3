import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRecoveryKey } from '../src/commands/backup/recovery-key.ts';
import type { BackupState } from '../src/wire/owner.ts';
import type { OwnerEvents } from '../src/wire/wire.ts';
import { COMPILED } from './support/command.ts';
import { type Pair, startPair } from './support/pair.ts';
import { type Person, signUp } from './support/person.ts';

let pair: Pair;
let folder: string;
let usb: string;
let owner: Person;
let backups: ChildProcess;

/** The time of day at which the next nightly backup is half a day away: none is due meanwhile. */
const farTime = () => {
  const then = new Date(Date.now() + 12 * 3_600_000);
  return [then.getHours(), then.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':');
};
const state = async () => (await owner.get('/owner/backups')).body as BackupState;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bisik-requests-'));
  usb = join(folder, 'usb');
  await mkdir(usb);
  pair = await startPair();
  await createRecoveryKey(pair.keysDir);
  owner = await signUp(pair.url, 'sari');
  const code = /once: ([\w-]+)/.exec(pair.core().log())?.[1];
  expect((await owner.post('/owner/claim', { code })).status).toBe(200);
});
afterAll(async () => {
  backups?.kill();
  if (backups && backups.exitCode === null) await once(backups, 'exit');
  await pair.stop();
  await rm(folder, { recursive: true });
});

it('without the process of backups an owner who wants one learns that it does not run', async () => {
  expect(await owner.post('/owner/backups', {})).toMatchObject({
    status: 409,
    body: { code: 'BACKUPS_NOT_RUNNING' },
  });
});

it('a backup that an owner wants is made by the running process, rehearsed, and then reported; a failed one with its code', async () => {
  const script = fileURLToPath(new URL('../src/commands/backups.ts', import.meta.url));
  backups = spawn(process.execPath, [script], {
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: COMPILED,
      DATA_DIR: pair.dataDir,
      KEYS_DIR: pair.keysDir,
      CIPHER_PORT: String(pair.cipher().port),
      BACKUP_TARGET: usb,
      BACKUP_TIME: farTime(),
      BACKUP_SCRATCH_DIR: join(folder, 'scratch'),
    },
    stdio: 'ignore',
  });
  // A new box has no backup, so its first is due at once.
  await expect.poll(async () => (await state()).rehearsal).toBe('ok');
  await expect.poll(async () => (await state()).running).toBeUndefined();
  const before = await state();
  const names = await readdir(usb);

  expect((await owner.post('/owner/backups', {})).status).toBe(200);
  await expect.poll(async () => (await state()).attemptAt).not.toBe(before.attemptAt);
  await expect.poll(async () => (await state()).running).toBeUndefined();
  expect(await state()).toMatchObject({ target: usb, rehearsal: 'ok', lastBytes: expect.any(Number) });
  expect((await state()).lastAt).toBeGreaterThan(before.lastAt ?? Number.POSITIVE_INFINITY);
  expect((await readdir(usb)).length).toBeGreaterThan(names.length);

  await rename(usb, `${usb}-unplugged`);
  const good = await state();
  expect((await owner.post('/owner/backups', {})).status).toBe(200);
  await expect.poll(async () => (await state()).error).toBe('TARGET_MISSING');
  expect(await state()).toMatchObject({ lastAt: good.lastAt });

  // The same failure once more is another attempt.
  const failed = await state();
  expect((await owner.post('/owner/backups', {})).status).toBe(200);
  await expect.poll(async () => (await state()).attemptAt).not.toBe(failed.attemptAt);
  const { events } = (await owner.get('/owner/audit')).body as OwnerEvents;
  expect(events.filter((event) => 'command' in event && event.command === 'backup')).toHaveLength(3);
});
