import { randomBytes } from 'node:crypto';
import { get, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { openZip } from '../../chat-frontend/src/import/zip.ts';
import type { TestApp } from './support/app.ts';
import { codeOf, storeMessageWith } from './support/attachments.ts';
import { type Client, logIn, signUp } from './support/client.ts';
import { outcomeOf } from './support/outcome.ts';
import { listenWithTwoFriends } from './support/two-friends.ts';
import { until } from './support/until.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

let test: TestApp;
let ani: Client;
let budi: Client;
let conversationId: string;
let url: string;
let stop: () => void;

beforeAll(() => restart());
afterAll(() => stop());

async function restart(...options: Parameters<typeof listenWithTwoFriends>): Promise<void> {
  stop?.();
  ({ test, ani, budi, conversationId, url, stop } = await listenWithTwoFriends(...options));
}

async function addressFor(who: Client): Promise<string> {
  const answer = await who.post('/me/export', {});
  expect(outcomeOf(answer)).toBe(200);
  return url + answer.body.path;
}

/** The files of an export by their paths. */
async function exported(who: Client): Promise<Map<string, Buffer>> {
  const response = await fetch(await addressFor(who));
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/zip']);
  expect(response.headers.get('content-disposition')).toMatch(
    /^attachment; filename="bisik-2026-01-05\.zip"/,
  );
  const files = new Map<string, Buffer>();
  for (const entry of await openZip(await response.blob()))
    files.set(entry.path, Buffer.from(await (await entry.open(2 ** 26)).arrayBuffer()));
  return files;
}

const say = async (who: Client, to: Client, message: string) =>
  (await who.post('/chat/send', { senderId: who.id, receiverId: to.id, message })).body as { seq: number };
const messagePath = (seq: number) => `/conversations/${conversationId}/messages/${seq}`;

/** A download whose client takes nothing more after its first bytes. */
function begin(address: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(address, (response) => {
      response.once('readable', () => resolve(response));
    }).on('error', reject);
  });
}

it('an export holds profile, friends, chats and files that the person may read, and nothing else', async () => {
  await ani.patch('/me', { displayName: 'Ani Lestari', about: 'di kebun' });
  await say(budi, ani, 'halo Ani');
  const edited = await say(ani, budi, 'sebelum');
  await ani.patch(messagePath(edited.seq), { message: 'sesudah' });
  await budi.putJson(`${messagePath(edited.seq)}/reactions/${encodeURIComponent('👍')}`, {});
  const deleted = await say(budi, ani, 'teks-yang-dihapus');
  await budi.delete(`${messagePath(deleted.seq)}?for=everyone`);
  const hidden = await say(budi, ani, 'teks-yang-disembunyikan');
  await ani.delete(`${messagePath(hidden.seq)}?for=me`);
  const bytes = randomBytes(700_000);
  const author = { conversationId, senderId: budi.id };
  await storeMessageWith(test, author, [{ bytes, name: '../foto kebun.png' }], 'lihat');
  const gone = await storeMessageWith(test, author, [{ bytes, name: 'hilang.png', lost: true }]);

  const citra = await signUp(test, 'citra');
  await citra.post('/friends/add', { myId: citra.id, friendUsername: 'budi' });
  await say(citra, budi, 'teks-di-antara-orang-lain');
  const group = await budi.post('/groups', { name: 'Kerja/Bakti', memberIds: [citra.id] });
  const groupId = group.body.id ?? group.body.conversationId;
  await budi.post('/chat/send', {
    senderId: budi.id,
    conversationId: groupId,
    message: 'teks-sebelum-bergabung',
  });
  await budi.post(`/groups/${groupId}/members`, { userIds: [ani.id] });
  await budi.post('/chat/send', { senderId: budi.id, conversationId: groupId, message: 'selamat datang' });
  const poll = { question: 'Makan apa?', answers: ['Soto', 'Rawon'] };
  const asked = await budi.post('/chat/send', { senderId: budi.id, conversationId: groupId, poll });
  await ani.putJson(`/conversations/${groupId}/messages/${asked.body.seq}/vote`, { choices: [1] });

  const files = await exported(ani);
  const json = (path: string) => JSON.parse(files.get(path)?.toString() ?? expect.fail(`no ${path}`));
  expect(files.get('README.txt')?.toString()).toMatch(/Data kamu di Bisik[\s\S]*Your data on Bisik/);
  expect(json('account.json')).toMatchObject({
    username: 'ani',
    displayName: 'Ani Lestari',
    about: 'di kebun',
    devices: [{ notifications: false }],
    secondFactor: false,
  });
  expect(json('friends.json')).toMatchObject({ friends: [{ username: 'budi' }] });
  const direct = [...files.keys()].find((path) => /^chats\/\d+ budi\.json$/.test(path)) ?? expect.fail();
  const folder = direct.slice('chats/'.length, -'.json'.length);
  const { messages } = json(direct);
  expect(messages).toMatchObject([
    { from: 'budi', text: 'halo Ani' },
    { from: 'ani', text: 'sesudah', editedAt: expect.any(String), reactions: [{ emoji: '👍', count: 1 }] },
    { from: 'budi', text: 'lihat', files: [{ name: expect.any(String), size: bytes.length }] },
    { from: 'budi', files: [{ name: 'hilang.png' }] },
  ]);
  const { path } = messages[2].files[0];
  expect(path).toMatch(new RegExp(`^files/${folder}/\\d+-1 [^/]*foto kebun\\.png$`));
  expect(files.get(path)?.equals(bytes)).toBe(true);
  expect(files.get('MISSING.txt')?.toString()).toBe(`files/${folder}/${gone.seq}-1 hilang.png\n`);
  const chat = [...files.keys()].find((one) => /Kerja_Bakti/.test(one)) ?? expect.fail();
  expect(JSON.stringify(json(chat).messages)).toContain('selamat datang');
  expect(json(chat).messages.at(-1)).toMatchObject({
    from: 'budi',
    poll: {
      question: 'Makan apa?',
      answers: [
        { text: 'Soto', count: 0 },
        { text: 'Rawon', count: 1, mine: true },
      ],
      voters: 1,
    },
  });

  const everything = [...files.values()].map((content) => content.toString('latin1')).join('\n');
  for (const secret of [
    'teks-yang-',
    'teks-di-antara',
    'teks-sebelum',
    'password',
    '$2b$',
    'attemptId',
    'tokenVersion',
  ])
    expect([secret, everything.includes(secret)]).toEqual([secret, false]);
});

it('an address is of one person and one session, and its end cuts an export that runs', async () => {
  const phone = await logIn(test, 'ani');
  const address = await addressFor(phone);
  const forged = address.replace(ani.id, budi.id);
  expect(await codeOf(await fetch(forged))).toEqual([403, 'ADDRESS_EXPIRED']);
  await storeMessageWith(test, { conversationId, senderId: ani.id }, [{ bytes: randomBytes(12_000_000) }]);
  const response = await begin(address);
  await phone.post('/auth/logout', {});
  const ended = Promise.withResolvers<string>();
  response.on('end', () => ended.resolve('whole')).on('error', () => ended.resolve('cut'));
  response.resume();
  expect(await ended.promise).toBe('cut');
  expect(await codeOf(await fetch(address))).toEqual([403, 'ADDRESS_EXPIRED']);
  const later = await addressFor(ani);
  test.clock.now += 5 * 60_000;
  expect(await codeOf(await fetch(later))).toEqual([403, 'ADDRESS_EXPIRED']);
});

it('one export runs in the box at a time, and a client that goes away gives its place back', async () => {
  const addresses = [await addressFor(ani), await addressFor(budi)] as const;
  const response = await begin(addresses[0]);
  for (const address of addresses) {
    const refused = await fetch(address);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await codeOf(refused)).toEqual([429, 'TOO_MANY_REQUESTS']);
  }
  expect(outcomeOf(await budi.post('/me/export', {}))).toBe('TOO_MANY_REQUESTS');
  response.destroy();
  await until(async () => outcomeOf(await budi.post('/me/export', {})) === 200);
  expect((await exported(budi)).has('account.json')).toBe(true);
});

it('a person begins only so many exports a day', async () => {
  await restart({ RATE_LIMITS: 'exports=1/86400' });
  expect((await exported(ani)).has('account.json')).toBe(true);
  const refused = await ani.post('/me/export', {});
  expect([outcomeOf(refused), Number(refused.headers['retry-after']) > 3600]).toEqual([
    'TOO_MANY_REQUESTS',
    true,
  ]);
  expect((await exported(budi)).has('account.json')).toBe(true);
});

it('an export that is read slowly holds a few pieces in memory, however large it is', async () => {
  await restart();
  const bytes = randomBytes(8_000_000);
  for (let n = 0; n < 5; n++) await storeMessageWith(test, { conversationId, senderId: ani.id }, [{ bytes }]);
  const { openChunks } = test.cipher;
  let opened = 0;
  test.cipher.openChunks = (...args) => {
    opened++;
    return openChunks(...args);
  };
  const response = await begin(await addressFor(ani));
  // Sockets of this machine take a few megabytes; then the box reads no further.
  let before = -1;
  await until(async () => {
    const isStill = opened === before;
    before = opened;
    await new Promise((resolve) => setTimeout(resolve, 100));
    return isStill && opened > 0;
  });
  expect(opened * 262_144).toBeLessThan(20_000_000);
  response.destroy();
});
