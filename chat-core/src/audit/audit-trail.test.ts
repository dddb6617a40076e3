import { mkdtempSync } from 'node:fs';
import { appendFile, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openAuditTrail } from './audit-trail.ts';

let folder: string;
let now: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bisik-audit-'));
  now = 1000;
});
afterEach(() => rm(folder, { recursive: true }));

const open = (onError?: (error: unknown) => void) => openAuditTrail(folder, onError, () => now++);
const path = (name: string) => join(folder, 'audit', name);

test('events survive a restart, in order, in files that only their owner reads', async () => {
  const trail = open();
  trail.append('people', 'account-created', { who: 'a', from: '192.0.2.1' });
  trail.append('operator', 'operator-command', { command: 'invite' });
  trail.append('people', 'login-throttled', { from: '192.0.2.1' });
  await trail.close();
  const events = await open().read();
  expect(events.map(({ event, at }) => [event, at])).toEqual([
    ['account-created', 1000],
    ['operator-command', 1001],
    ['login-throttled', 1002],
  ]);
  const modes = await Promise.all(
    [join(folder, 'audit'), path('people.jsonl')].map(async (one) =>
      ((await stat(one)).mode & 0o777).toString(8),
    ),
  );
  expect(modes).toEqual(['700', '600']);
});

test('nothing is written before the first event', async () => {
  const trail = open();
  expect(await trail.read()).toEqual([]);
  await trail.close();
  expect(await readdir(folder)).toEqual([]);
});

test('a flood of people’s events is bounded on the disk, and leaves what the operator did', async () => {
  const trail = open();
  trail.append('operator', 'operator-command', { command: 'restore' });
  for (let n = 0; n < 10_000; n++) {
    trail.append('people', 'login-throttled', { from: `192.0.2.${n % 250}`, route: 'POST /auth/login' });
    if (n % 500 === 0) await trail.read();
  }
  await trail.close();
  const sizes = await Promise.all(
    (await readdir(join(folder, 'audit'))).map(async (name) => (await stat(path(name))).size),
  );
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(1_000_000);
  const events = await trail.read();
  expect(events[0]).toMatchObject({ event: 'operator-command', command: 'restore' });
  expect(events.length).toBeGreaterThan(2000);
  // The newest are there.
  expect(events.at(-1)?.at).toBe(11_000);
});

test('a torn line and lines of another version are left out, and writing continues after them', async () => {
  const trail = open();
  trail.append('people', 'account-created', { who: 'a' });
  await trail.read();
  await appendFile(path('people.jsonl'), '{"at":5,"event":"no-such-event"}\n{"at":6,"ev');
  const again = open();
  again.append('people', 'account-created', { who: 'b' });
  again.append('people', 'account-created', { who: 'c' });
  const events = await again.read();
  expect(events.map(({ who }) => who)).toEqual(['a', 'b', 'c']);
  await again.close();
});

test('two processes append to one file without mixing lines', async () => {
  const [core, command] = [open(), open()];
  for (let n = 0; n < 100; n++) {
    core.append('operator', 'started', {});
    command.append('operator', 'operator-command', { command: 'invite' });
    await Promise.all([core.read(), command.read()]);
  }
  expect(await core.read()).toHaveLength(200);
  await Promise.all([core.close(), command.close()]);
});

test('a disk that takes nothing is reported once, delays nothing, and ends', async () => {
  await writeFile(join(folder, 'audit'), 'a file in the place of the folder');
  const errors: unknown[] = [];
  const trail = open((error) => errors.push(error));
  for (let n = 0; n < 5; n++) {
    trail.append('people', 'account-created', { who: 'a' });
    await trail.read().catch(() => {});
  }
  await trail.close();
  expect(errors).toHaveLength(1);
  expect(await readFile(join(folder, 'audit'), 'utf8')).toContain('a file');
});
