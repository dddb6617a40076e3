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
  // The other box hashes for real, too.
  pair = await startPair({}, { hashing: 'real' });
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
  const [usb, key, without] = ['usb', 'key.txt', 'text.age'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await mkdir(usb);
  const made = await runFile('backup', ['--folder', usb, '--new-recovery-key'], env);
  expect([made.code, made.output]).toEqual([
    0,
    expect.stringMatching(/1 of 1 files of messages were new: 600,\d+ bytes copied/),
  ]);
  await writeFile(key, /AGE-SECRET-KEY-1\w+/.exec(made.output)?.[0] ?? '');
  expect(await runFile('backup', [without, '--without-attachments'], env)).toMatchObject({
    code: 0,
    output: expect.stringContaining('files of messages are not in it'),
  });
  const [ani, budi] = friends;
  for (const [from, isThere, sentence] of [
    [without, undefined, 'shows those as missing'],
    [usb, true, '1 files of messages are in it.'],
  ] as const) {
    await pair.core().stop();
    expect(await runFile('restore', [from, '--identity-file', key], env)).toMatchObject({
      code: 0,
      output: expect.stringContaining(sentence),
    });
    await pair.restartCore();
    const read = await newestFile(pair.url, await logIn(pair.url, budi.username), ani.id);
    expect([read.name, read.bytes?.equals(BYTES)]).toEqual(['catatan.bin', isThere]);
  }
});

it('a file of a readable export is imported by another box from the folder beside it, and from nowhere else', async () => {
  await pair.core().stop();
  const [ani, budi] = friends;
  const file = join(folder, 'db.json');
  expect(await runFile('export', [file, '--plain', '--yes'], env)).toMatchObject({
    code: 0,
    output: expect.stringMatching(/1 of their files are in .*db\.files/),
  });
  const other = { ...env, DATA_DIR: join(folder, 'other') };
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace('"path":"db.files', '"path":"../db.files'));
  expect(await runFile('import', [file, '--yes'], other)).toMatchObject({
    code: 1,
    output: expect.stringContaining('outside its folder of files'),
  });
  expect(await readdir(folder)).not.toContain('other');
  await writeFile(file, text);
  expect(await runFile('import', [file, '--yes'], other)).toMatchObject({
    code: 0,
    output: expect.stringMatching(/ 1 files of these messages \(1 MB, sealed now\)/),
  });
  const core = await startService('chat-core', { ...other, PORT: '0', RATE_LIMITS: 'off' });
  const url = `http://127.0.0.1:${core.port}`;
  const read = await newestFile(url, await logIn(url, budi.username), ani.id);
  await core.stop();
  expect([read.name, read.bytes?.equals(BYTES)]).toEqual(['catatan.bin', true]);
  expect((await runFile('export', ['-'], env)).output).toContain('1 files of messages are not in it.');
});
