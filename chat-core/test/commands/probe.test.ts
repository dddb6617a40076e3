import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ProbeReport } from '../../src/admin/probe.ts';
import { runFile } from '../support/command.ts';
import { everythingIn } from '../support/disk.ts';
import { startPair } from '../support/pair.ts';
import { signUpPairs } from '../support/person.ts';

it('npm run probe sends and reads on a running box, leaves no row, and fails while cipher-service is away', async () => {
  const pair = await startPair({ REGISTRATION: 'open' });
  const env = { DATA_DIR: pair.dataDir, KEYS_DIR: pair.keysDir };
  const probe = async () => {
    const { code, output } = await runFile('probe', ['--json'], env);
    return { code, report: JSON.parse(output) as ProbeReport };
  };
  const [[ani, budi] = []] = await signUpPairs(pair.url, 'ani', 1);
  if (!ani || !budi) throw new Error('there is no pair');
  const message = { senderId: ani.id, receiverId: budi.id, message: 'halo' };
  expect((await ani.post('/chat/send', message)).status).toBe(200);

  const first = await probe();
  expect(first.report.steps.map(({ name, ok, error }) => [name, ok, error])).toEqual([
    ['commit', true, undefined],
    ['send and read', true, undefined],
    ['read after reopening', true, undefined],
    ['stored messages', true, undefined],
  ]);
  expect([first.code, first.report.sampled]).toEqual([0, 1]);
  expect(await readdir(pair.dataDir)).not.toContain('.probe');
  const { output } = await runFile('invite', ['--list'], env);
  expect(output).toContain('No invitation is open.');
  const { body } = await budi.get(`/chat/history?myId=${budi.id}&friendId=${ani.id}`);
  expect(body).toHaveLength(1);

  await pair.stopCipher();
  const second = await probe();
  expect([second.code, second.report.ok]).toEqual([1, false]);
  const failed = second.report.steps.filter(({ ok }) => !ok).map(({ name }) => name);
  expect(failed).toEqual(['send and read', 'stored messages']);
  expect(second.report.steps[1]?.error).toBe('POST /chat/send was answered with 503 CIPHER_UNAVAILABLE');

  await pair.core().stop();
  expect(everythingIn(join(pair.dataDir, 'journal'))).not.toContain('probe-writer');
  expect(await runFile('probe', [], env)).toMatchObject({
    code: 1,
    output: expect.stringContaining('chat-core does not run'),
  });
  await pair.stop();
}, 240_000);
