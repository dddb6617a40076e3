import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { canary, formsOf } from './support/canary.ts';
import { runFile } from './support/command.ts';
import { everythingIn } from './support/disk.ts';
import { type Pair, startPair } from './support/pair.ts';
import { ask, post } from './support/person.ts';
import { newBrowser } from './support/push-service.ts';

/** A word of its own in every field of the API. */
const secret = {
  password: canary(),
  newPassword: canary(),
  wrongPassword: canary(),
  text: canary(),
  edited: canary(),
  caption: canary(),
  fileName: canary(),
  fileBytes: canary(),
  displayName: canary(),
  about: canary(),
  groupName: canary(),
  searched: canary(),
  scheduled: canary(),
  archiveName: canary(),
  importedAuthor: canary(),
  importedText: canary(),
  pollQuestion: canary(),
  pollAnswer: canary(),
  inviteCode: canary(),
  resetCode: canary(),
  junkToken: canary(),
  junkBody: canary(),
  junkQuery: canary(),
  junkPath: canary(),
  userAgent: canary(),
  forwarded: canary(),
  /** A key of a browser: stored readable, never logged. */
  pushKey: '',
};
/** Fields that are stored as they are (SECURITY.md), and never logged. */
const REACTION = '🦥';
const readable = { username: canary(), deviceName: canary(), endpoint: canary() };

let pair: Pair;
let folder: string;
let log = '';
let tokens: string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bisik-canaries-'));
  // Temporary files of the core, if it writes any, are searched with the exports.
  pair = await startPair({ LOG_LEVEL: 'trace', TMPDIR: folder }, { hashing: 'real' });
});
afterAll(async () => {
  await pair.stop();
  await rm(folder, { recursive: true });
});

/** The names of the words that a text contains in any form. */
const found = (text: string, words: Record<string, string>) =>
  Object.entries(words)
    .filter(([, word]) => formsOf(word).some((form) => text.includes(form)))
    .map(([name]) => name);

const refused: number[] = [];
/** Sends what is refused, and remembers that it was. */
async function refuse(path: string, init: RequestInit): Promise<void> {
  const { status } = await ask(pair.url + path, init);
  refused.push(status);
}

async function usePair(): Promise<void> {
  const { url } = pair;
  const env = { DATA_DIR: pair.dataDir, KEYS_DIR: pair.keysDir };
  const register = (username: string, inviteCode?: string) =>
    post(`${url}/auth/register`, { username, password: secret.password, ...(inviteCode && { inviteCode }) });
  const logIn = async (username: string, password = secret.password) =>
    (await post(`${url}/auth/login`, { username, password, deviceName: readable.deviceName })).body as {
      id: string;
      token: string;
    };
  await register(readable.username);
  const ani = await logIn(readable.username);
  const as = (token: string) => ({ Authorization: `Bearer ${token}`, 'User-Agent': secret.userAgent });
  const call = (token: string, path: string, body: unknown, method = 'POST') =>
    post(url + path, body, as(token), method);
  const { code } = (await call(ani.token, '/invites', {})).body as { code: string };
  secret.inviteCode = code;
  await register('budi', code);
  const budi = await logIn('budi');
  const write = (more: object) =>
    call(ani.token, '/chat/send', { senderId: ani.id, receiverId: budi.id, ...more });
  const sent = (await write({ message: secret.text })).body as { conversationId: string; seq: number };
  const row = `/conversations/${sent.conversationId}/messages/${sent.seq}`;
  expect((await call(ani.token, row, { message: secret.edited }, 'PATCH')).status).toBe(200);
  await call(budi.token, '/friends/report', {
    userId: ani.id,
    reason: 'spam',
    conversationId: sent.conversationId,
    seq: 1,
  });
  const reacted = await call(budi.token, `${row}/reactions/${encodeURIComponent(REACTION)}`, {}, 'PUT');
  expect(reacted.body).toMatchObject({ reactions: [{ emoji: REACTION }] });
  for (const q of [secret.searched, secret.edited]) {
    const answer = await ask(`${url}/search?q=${q}`, { headers: as(budi.token) });
    expect((answer.body as { hits: unknown[] }).hits).toHaveLength(q === secret.edited ? 1 : 0);
  }
  const scheduled = { clientMessageId: randomUUID(), conversationId: sent.conversationId };
  const at = Date.now() + 3_600_000;
  const later = await call(ani.token, '/chat/scheduled', { ...scheduled, message: secret.scheduled, at });
  expect(later.status).toBe(200);
  const archive = { conversationId: randomUUID(), source: 'whatsapp', name: secret.archiveName };
  await call(ani.token, '/imports', archive);
  const rows = [{ at: Date.UTC(2019, 0, 1), name: secret.importedAuthor, text: secret.importedText }];
  const path = `/imports/${archive.conversationId}`;
  expect((await call(ani.token, `${path}/rows`, { from: 0, rows })).status).toBe(200);
  expect((await call(ani.token, `${path}/done`, { rows: 1 })).status).toBe(200);
  const profile = { displayName: secret.displayName, about: secret.about };
  expect((await call(ani.token, '/me', profile, 'PATCH')).status).toBe(200);
  const group = { name: secret.groupName, memberIds: [budi.id] };
  const made = await call(ani.token, '/groups', group);
  expect(made.status).toBe(200);
  const inGroup = (made.body as { id: string }).id;
  const poll = { question: secret.pollQuestion, answers: [secret.pollAnswer, 'Tidak'] };
  const asked = await call(ani.token, '/chat/send', { senderId: ani.id, conversationId: inGroup, poll });
  const votes = `/conversations/${inGroup}/messages/${(asked.body as { seq: number }).seq}/vote`;
  expect((await call(budi.token, votes, { choices: [0] }, 'PUT')).status).toBe(200);
  const bytes = Buffer.from(secret.fileBytes);
  const id = randomUUID();
  const file = {
    id,
    conversationId: sent.conversationId,
    name: `${secret.fileName}.pdf`,
    type: 'application/pdf',
  };
  await call(ani.token, '/attachments', { ...file, size: bytes.length });
  const headers = { ...as(ani.token), 'Content-Type': 'application/octet-stream' };
  const put = await ask(`${url}/attachments/${id}?offset=0`, { method: 'PUT', headers, body: bytes });
  expect(put.status).toBe(200);
  expect((await write({ message: secret.caption, attachments: [id] })).status).toBe(200);
  const { subscription } = newBrowser(readable.endpoint);
  expect((await call(budi.token, '/push/subscribe', subscription)).status).toBe(200);
  // A name that is resolved and not reached: the push fails.
  await call(budi.token, '/push/test', {});
  secret.pushKey = subscription.keys.auth;

  const json = { 'Content-Type': 'application/json', ...as(ani.token), 'CF-Connecting-IP': secret.forwarded };
  const send = (path: string, body: string, more = {}) =>
    refuse(path, { method: 'POST', headers: { ...json, ...more }, body });
  await send('/auth/login', JSON.stringify({ username: readable.username, password: secret.wrongPassword }));
  await send(
    '/auth/login',
    JSON.stringify({ username: secret.wrongPassword, password: secret.wrongPassword }),
  );
  await send('/chat/send', `{"message":"${secret.junkBody}`);
  await send(
    '/chat/send',
    JSON.stringify({ [secret.junkBody]: secret.junkBody, message: [secret.junkBody] }),
  );
  await send(
    '/push/subscribe',
    JSON.stringify({ ...subscription, endpoint: `https://10.0.0.1/${secret.junkBody}` }),
  );
  await send('/auth/devices', '{}', { Authorization: `Bearer ${secret.junkToken}` });
  await refuse(`/chat/history?${secret.junkQuery}=${secret.junkQuery}`, { headers: json });
  await refuse(`/${secret.junkPath}`, { headers: json });
  await refuse(`/${secret.junkPath}/%ff%00\u001b[31m`, { headers: json });
  await refuse('/sync', { headers: { Authorization: `Bearer ${secret.junkToken}.${secret.junkToken}.x` } });
  await refuse('/sync', { headers: { ...as(ani.token), 'Last-Event-ID': secret.junkQuery } });

  const change = { userId: ani.id, currentPassword: secret.password, newPassword: secret.newPassword };
  const changed = (await call(ani.token, '/auth/change-password', change)).body as { token: string };
  tokens = [ani.token, budi.token, changed.token].map((token) => token.split('.')[2] ?? '');
  const { output } = await runFile('reset-password', ['budi'], env);
  const [resetCode = ''] = /([0-9A-Z]{4}-){6}[0-9A-Z]{2}/.exec(output) ?? [];
  secret.resetCode = resetCode;
  const reset = { username: 'budi', code: resetCode, newPassword: secret.newPassword };
  expect((await post(`${url}/auth/reset-password`, reset)).status).toBe(200);
}

it('secrets in every field are readable nowhere: not in the data, the log, the audit trail, an export or the keys', async () => {
  await usePair();
  const env = { DATA_DIR: pair.dataDir, KEYS_DIR: pair.keysDir };
  log += pair.core().log() + pair.cipher().log();
  await pair.core().stop();
  log += pair.core().log();
  const exported = join(folder, 'export.json');
  expect(
    await runFile('export', [exported], { ...env, CIPHER_PORT: String(pair.cipher().port) }),
  ).toMatchObject({ code: 0 });
  const audit = (await runFile('audit', [], env)).output;
  await pair.restartCore();
  await pair.core().stop();
  log += pair.core().log() + pair.cipher().log();

  // The premise: everything that was wrong was refused, and what is searched has the fields that are readable.
  expect(refused.every((status) => status >= 400 && status < 500)).toBe(true);
  const data = everythingIn(pair.dataDir);
  expect(found(data, readable)).toEqual(Object.keys(readable));
  expect(Object.entries(secret).filter(([, word]) => word.length < 16)).toEqual([]);

  const all = { ...secret, ...Object.fromEntries(tokens.map((token, n) => [`token ${n}`, token])) };
  const { pushKey: _, ...stored } = all;
  expect(found(data, stored)).toEqual([]);
  expect(found(everythingIn(folder), stored)).toEqual([]);
  expect(found(everythingIn(pair.keysDir), all)).toEqual([]);
  expect(found(audit, { ...all, deviceName: readable.deviceName, endpoint: readable.endpoint })).toEqual([]);
  expect(found(everythingIn(join(pair.dataDir, 'audit')), { ...all, ...readable })).toEqual([]);
  expect(found(log, { ...all, ...readable })).toEqual([]);

  for (const text of [data, everythingIn(folder), audit, log])
    expect([REACTION, encodeURIComponent(REACTION)].filter((form) => text.includes(form))).toEqual([]);

  const events = log
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line).event as string | undefined);
  for (const name of ['started', 'stopped', 'login', 'login-failed', 'token-refused', 'operator-command'])
    expect(events).toContain(name);
  expect(audit).toMatch(/operator-command: the operator ran a command \(command reset-password\)/);
  expect(audit).toMatch(new RegExp(`password-changed: .*account ${readable.username}, from 127\\.0\\.0\\.1`));
});
