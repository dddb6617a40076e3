import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Message } from '../../src/wire/wire.ts';
import { runFile } from '../support/command.ts';
import { type Pair, startPair } from '../support/pair.ts';
import { logIn, PASSWORD, type Person, post, signUpPairs } from '../support/person.ts';

let pair: Pair;
let [ani, budi]: Person[] = [];
let env: Record<string, string>;
let sent: Message[];

beforeAll(async () => {
  pair = await startPair();
  [[ani, budi]] = (await signUpPairs(pair.url, 'orang', 1)) as [[Person, Person]];
  sent = [];
  for (let n = 1; n <= 20; n++) {
    const input = { senderId: ani?.id, receiverId: budi?.id, message: `pesan ${n}` };
    sent.push((await ani?.post('/chat/send', input))?.body as Message);
  }
  const { conversationId } = sent[4] ?? {};
  sent[4] = (await ani?.delete(`/conversations/${conversationId}/messages/5?for=everyone`))?.body as Message;
  env = { DATA_DIR: pair.dataDir, KEYS_DIR: pair.keysDir, CIPHER_PORT: String(pair.cipher().port) };
});
afterAll(() => pair.stop());

it('verify is refused while chat-core runs, and finds nothing wrong with a box that was killed', async () => {
  const held = await runFile('verify', [], env);
  expect([held.code, held.output]).toEqual([1, expect.stringContaining('Another process uses')]);
  await pair.core().stop('SIGKILL');
  const { code, output } = await runFile('verify', ['--sample', 'all'], env);
  expect([code, output]).toEqual([
    0,
    expect.stringContaining('19 of 20 opened\n1 are deleted\nNothing is wrong.'),
  ]);
  expect(await runFile('repair', ['--yes'], env)).toMatchObject({ code: 0 });
});

it('repair repairs a box that refuses to start, and names the losses', async () => {
  const path = join(pair.dataDir, 'journal', '00000001.jsonl');
  const bytes = await readFile(path);
  const at = bytes.indexOf(sent[9]?.id ?? '');
  expect(at).toBeGreaterThan(0);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  await writeFile(path, bytes);
  await expect(pair.restartCore()).rejects.toThrow('is damaged at byte');

  const verified = await runFile('verify', [], env);
  expect([verified.code, verified.output]).toEqual([
    1,
    expect.stringMatching(/00000001\.jsonl at byte \d+: revision/),
  ]);
  expect(await runFile('repair', [], env)).toMatchObject({ code: 1 });
  expect(await runFile('repair', ['--dry-run'], env)).toMatchObject({ code: 0 });
  await expect(pair.restartCore()).rejects.toThrow('is damaged at byte');

  const { code, output } = await runFile('repair', ['--yes'], env);
  expect([code, output]).toEqual([
    0,
    expect.stringMatching(/Lost between orang0 and orang1|Lost between orang1 and orang0/),
  ]);
  expect(output).toContain('1 messages, number 10.');
  const [aside] = (await readdir(pair.dataDir)).filter((name) => name.startsWith('damaged-'));
  const copy = await readFile(join(pair.dataDir, aside ?? '', 'journal', '00000001.jsonl'));
  expect(copy.equals(bytes)).toBe(true);
  const again = await runFile('verify', ['--sample', 'all'], env);
  expect([again.code, again.output]).toEqual([
    0,
    expect.stringContaining('18 of 20 opened\n1 are deleted\n1 are locked'),
  ]);

  await pair.restartCore();
  const me = await logIn(pair.url, 'orang0');
  const history = (await me.get(`/chat/history?myId=${me.id}&friendId=${budi?.id}`)).body as Message[];
  expect(history.map(({ seq, content, locked }) => [seq, content, locked])).toEqual(
    sent.map(({ seq, content }) => (seq === 10 ? [10, '', true] : [seq, content, undefined])),
  );
  const input = { senderId: me.id, receiverId: budi?.id, message: 'lanjut' };
  expect((await me.post('/chat/send', input)).body).toMatchObject({ seq: 21 });
  await pair.core().stop();
});

it('repair drops lost accounts only with --without-lost-accounts, and their owners log in again with a reset code', async () => {
  await rm(join(pair.dataDir, 'users', '0001.json'));
  await expect(pair.restartCore()).rejects.toThrow(/users\/0001\.json is damaged.*npm run repair/);
  const refused = await runFile('repair', ['--yes'], env);
  expect([refused.code, refused.output]).toEqual([1, expect.stringContaining('--without-lost-accounts')]);
  expect(await runFile('verify', [], env)).toMatchObject({ code: 1 });
  const { code, output } = await runFile('repair', ['--yes', '--without-lost-accounts'], env);
  expect([code, output]).toEqual([0, expect.stringMatching(/Lost: 2 accounts\..*\n.*lost-account/)]);
  await pair.restartCore();
  const command = await runFile('reset-password', ['lost-account'], env);
  const reset = { username: 'lost-account', code: command.output.match(/(\w{4}-){6}\w{2}/)?.[0] };
  const set = await post(`${pair.url}/auth/reset-password`, { ...reset, newPassword: PASSWORD });
  expect(set.status).toBe(200);
  const again = await logIn(pair.url, 'lost-account');
  const friend = again.id === ani?.id ? budi?.id : ani?.id;
  const history = (await again.get(`/chat/history?myId=${again.id}&friendId=${friend}`)).body as Message[];
  expect(history).toHaveLength(21);
  await pair.core().stop();
});

it('repair refuses a box that only a backup can restore', async () => {
  for (const name of ['meta.json', 'meta.copy.json'])
    await writeFile(join(pair.dataDir, name), '{"version":');
  const { code, output } = await runFile('repair', ['--yes'], env);
  expect([code, output]).toEqual([1, expect.stringContaining('restore a backup')]);
  expect(await runFile('verify', [], env)).toMatchObject({ code: 1 });
});

it.each(['verify', 'repair', 'export'])('npm run %s prints its usage with --help', async (name) => {
  const { code, output } = await runFile(name, ['--help'], {});
  expect([code, output]).toEqual([0, expect.stringContaining(`npm run ${name}`)]);
});
