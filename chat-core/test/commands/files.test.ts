import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Attachment, Message } from '../../src/wire/wire.ts';
import { runFile } from '../support/command.ts';
import { type Pair, startPair } from '../support/pair.ts';
import { ask, logIn, type Person, signUpPairs } from '../support/person.ts';
import { startService } from '../support/service.ts';
import { upload } from '../support/uploads.ts';

/** Begins like nothing that browsers show; two parts and a bit. */
const BYTES = Buffer.concat([Buffer.from('catatan '), randomBytes(600_000)]);

let pair: Pair;
let folder: string;
let env: Record<string, string>;
let friends: [Person, Person];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bisik-files-'));
  pair = await startPair();
  env = { DATA_DIR: pair.dataDir, KEYS_DIR: pair.keysDir, CIPHER_PORT: String(pair.cipher().port) };
  [friends] = (await signUpPairs(pair.url, 'berkas', 1)) as [[Person, Person]];
});
afterAll(async () => {
  await pair.stop();
  await rm(folder, { recursive: true });
});

/** Sends a message with one file to the friend. */
async function sendFile([from, to]: [Person, Person], bytes: Buffer, name: string): Promise<Message> {
  const sent = { senderId: from.id, receiverId: to.id };
  const { conversationId } = (await from.post('/chat/send', { ...sent, message: 'ini berkasnya' }))
    .body as Message;
  const put = (path: string, body: Buffer) =>
    ask(pair.url + path, {
      method: 'PUT',
      headers: { Authorization: `Bearer ${from.token}`, 'Content-Type': 'application/octet-stream' },
      body: new Uint8Array(body),
    });
  const { id } = await upload({ post: from.post, put } as never, conversationId, bytes, { name });
  const answer = await from.post('/chat/send', { ...sent, message: '', attachments: [id] });
  expect(answer.status).toBe(200);
  return answer.body as Message;
}

/** The newest message that a person has from a friend, and the bytes of its file; undefined where they are missing. */
async function newestFile(url: string, person: Person, friendId: string) {
  const messages = (await person.get(`/chat/history?myId=${person.id}&friendId=${friendId}`))
    .body as Message[];
  const { conversationId, seq, attachments = [] } = messages.at(-1) as Message;
  const [file] = attachments as [Attachment];
  const path = `/conversations/${conversationId}/messages/${seq}/attachments/${file.id}`;
  const answer = await fetch(url + path, { headers: { Authorization: `Bearer ${person.token}` } });
  return { name: file.name, bytes: answer.ok ? Buffer.from(await answer.arrayBuffer()) : undefined };
}

it('a file that was sent on a running box is restored from a folder of backups, and from a backup without files as missing', async () => {
  await sendFile(friends, BYTES, 'catatan.bin');
  const usb = join(folder, 'usb');
  const absent = await runFile('backup', ['--folder', usb], env);
  expect([absent.code, absent.output]).toEqual([1, expect.stringContaining('no recovery key')]);
  const { output } = await runFile('backup', ['--new-recovery-key'], env);
  const key = join(folder, 'key.txt');
  await writeFile(key, /AGE-SECRET-KEY-1\w+/.exec(output)?.[0] ?? '');
  expect((await runFile('backup', ['--folder', usb], env)).output).toMatch(/There is no folder .*usb: mount/);
  await mkdir(usb);
  expect(await runFile('backup', ['--folder', usb], env)).toMatchObject({
    code: 0,
    output: expect.stringMatching(/1 of 1 files of messages were new: 600,\d+ bytes copied/),
  });
  const without = join(folder, 'text.age');
  expect(await runFile('backup', [without, '--without-attachments'], env)).toMatchObject({
    code: 0,
    output: expect.stringContaining('files of messages are not in it'),
  });
  expect(await runFile('restore', [usb, '--dry-run', '--identity-file', key], env)).toMatchObject({
    code: 0,
    output: expect.stringContaining('1 files of messages are in it.'),
  });

  const [ani, budi] = friends;
  for (const [from, bytes, sentence] of [
    [usb, BYTES, '1 files of messages are in it.'],
    [without, undefined, 'shows those as missing'],
  ] as const) {
    await pair.core().stop();
    expect(await runFile('restore', [from, '--identity-file', key], env)).toMatchObject({
      code: 0,
      output: expect.stringContaining(sentence),
    });
    await pair.restartCore();
    const read = await newestFile(pair.url, await logIn(pair.url, budi.username), ani.id);
    expect([read.name, read.bytes?.equals(BYTES)]).toEqual(['catatan.bin', bytes && true]);
  }
  await pair.core().stop();
  expect((await runFile('restore', [usb, '--identity-file', key], env)).code).toBe(0);
  await pair.restartCore();
});

it('a file of an export, sealed or readable, is imported by another box with the same keys, and needs its folder', async () => {
  await pair.core().stop();
  const [ani, budi] = friends;
  for (const more of [[], ['--plain', '--yes']]) {
    const file = join(folder, `db${more.length}.json`);
    expect(await runFile('export', [file, ...more], env)).toMatchObject({
      code: 0,
      output: expect.stringMatching(/1 of their files are in .*\.files/),
    });
    const readable = (await readdir(`${file.replace('.json', '')}.files`, { recursive: true })).some((name) =>
      name.endsWith('catatan.bin'),
    );
    expect(readable).toBe(more.length > 0);
    const other = { ...env, DATA_DIR: join(folder, `data${more.length}`) };
    expect(await runFile('import', [file, '--yes'], other)).toMatchObject({
      code: 0,
      output: expect.stringMatching(/ 1 files of these messages \(1 MB, sealed now\)/),
    });
    expect((await runFile('import', [file, '--yes'], other)).output).toContain('There is nothing to do.');
    const core = await startService('chat-core', {
      ...other,
      PORT: '0',
      RATE_LIMITS: 'off',
    });
    const url = `http://127.0.0.1:${core.port}`;
    const read = await newestFile(url, await logIn(url, budi.username), ani.id);
    await core.stop();
    expect([read.name, read.bytes?.equals(BYTES)]).toEqual(['catatan.bin', true]);
  }
  const toOutput = await runFile('export', ['-'], env);
  expect(toOutput.output).toContain('1 files of messages are not in it.');
  await rm(join(folder, 'db0.files'), { recursive: true });
  const missing = await runFile('import', [join(folder, 'db0.json'), '--dry-run'], {
    ...env,
    DATA_DIR: join(folder, 'empty'),
  });
  expect(missing.output).toMatch(/ 1 files of these messages \(missing beside the file/);
  const text = await readFile(join(folder, 'db2.json'), 'utf8');
  await writeFile(join(folder, 'db2.json'), text.replace(/"path":"db2\.files/, '"path":"../db2.files'));
  const outside = await runFile('import', [join(folder, 'db2.json'), '--yes'], {
    ...env,
    DATA_DIR: join(folder, 'empty'),
  });
  expect(outside).toMatchObject({ code: 1, output: expect.stringContaining('outside its folder of files') });
  expect(await readdir(folder)).not.toContain('empty');
});
