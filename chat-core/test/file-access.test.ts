import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CHUNK_BYTES } from '../src/wire/attachments.ts';
import { startApp, type TestApp } from './support/app.ts';
import { addressOf, codeOf, type FileInput, filePath, PNG, storeMessageWith } from './support/attachments.ts';
import { type Client, logIn, signUp, signUpFriends } from './support/client.ts';
import { listen } from './support/listen.ts';
import { PASSWORD } from './support/person.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

let test: TestApp;
let ani: Client;
let budi: Client;
let conversationId: string;
let url: string;
let stop: () => void;

beforeEach(restart);
afterEach(() => stop());

async function restart(): Promise<void> {
  test = await startApp();
  [ani, budi] = await signUpFriends(test);
  conversationId = (await test.store.conversationsOf(ani.id))[0]?.id ?? '';
  ({ url, stop } = await listen(test.app));
}

/** A message of Ani's to Budi with these files. */
const send = (...inputs: FileInput[]) =>
  storeMessageWith(test, { conversationId, senderId: ani.id }, inputs, 'lihat');

const fetchAs = (who: Client, path: string, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(url + path, { method, headers: { Authorization: `Bearer ${who.token}`, ...headers } });

describe('who may read a file', () => {
  it('a stranger gets neither the bytes nor an address, and cannot use that of another person', async () => {
    const mallory = await signUp(test, 'mallory');
    const row = await send({ bytes: PNG });
    expect(await codeOf(await fetchAs(mallory, filePath(row)))).toEqual([403, 'NOT_MEMBER']);
    expect((await mallory.post(`${filePath(row)}/address`, {})).body.code).toBe('NOT_MEMBER');
    const stolen = (await addressOf(budi, row)).replace(budi.id, mallory.id);
    expect(await codeOf(await fetch(url + stolen))).toEqual([403, 'ADDRESS_EXPIRED']);
  });

  it('a file is found only in its own message', async () => {
    const [row, other] = [await send({ bytes: PNG }), await send({ bytes: PNG })];
    const path = filePath(row).replace(`/messages/${row.seq}/`, `/messages/${other.seq}/`);
    expect(await codeOf(await fetchAs(budi, path))).toEqual([404, 'NO_SUCH_FILE']);
    const beyond = filePath(row).replace(`/messages/${row.seq}/`, '/messages/99/');
    expect(await codeOf(await fetchAs(budi, beyond))).toEqual([404, 'NO_SUCH_MESSAGE']);
  });

  it('a deleted message has no file any more, and a hidden one has none for the person who hid it', async () => {
    const [deleted, hidden] = [await send({ bytes: PNG }), await send({ bytes: PNG })];
    const addresses = [await addressOf(budi, deleted), await addressOf(budi, hidden)];
    await ani.delete(`/conversations/${conversationId}/messages/${deleted.seq}?for=everyone`);
    await budi.delete(`/conversations/${conversationId}/messages/${hidden.seq}?for=me`);
    for (const path of [filePath(deleted), filePath(hidden)])
      expect(await codeOf(await fetchAs(budi, path))).toEqual([404, 'NO_SUCH_FILE']);
    for (const path of addresses)
      expect(await codeOf(await fetch(url + path))).toEqual([404, 'NO_SUCH_FILE']);
    expect((await fetchAs(ani, filePath(hidden))).status).toBe(200);
  });

  it('blocking ends no access to the files of a conversation, as it ends none to its messages', async () => {
    const row = await send({ bytes: PNG });
    await ani.post('/friends/block', { userId: budi.id });
    for (const who of [ani, budi]) expect((await fetchAs(who, filePath(row))).status).toBe(200);
  });

  it('in a group, a newcomer gets no older file, and a removed member gets none', async () => {
    const citra = await signUp(test, 'citra');
    await ani.post('/friends/add', { myId: ani.id, friendUsername: 'citra' });
    const { body } = await ani.post('/groups', { name: 'Keluarga', memberIds: [budi.id] });
    const inGroup = { conversationId: body.id, senderId: ani.id };
    const old = await storeMessageWith(test, inGroup, [{ bytes: PNG }]);
    await ani.post(`/groups/${body.id}/members`, { userIds: [citra.id] });
    const recent = await storeMessageWith(test, inGroup, [{ bytes: PNG }]);
    expect(await codeOf(await fetchAs(citra, filePath(old)))).toEqual([404, 'NO_SUCH_MESSAGE']);
    expect((await fetchAs(citra, filePath(recent))).status).toBe(200);
    const address = await addressOf(budi, old);
    expect((await fetch(url + address)).status).toBe(200);
    await ani.delete(`/groups/${body.id}/members/${budi.id}`);
    expect(await codeOf(await fetchAs(budi, filePath(old)))).toEqual([403, 'NOT_MEMBER']);
    expect(await codeOf(await fetch(url + address))).toEqual([403, 'NOT_MEMBER']);
  });
});

describe('a signed address', () => {
  it('an address needs no token and allows ranges', async () => {
    const bytes = Buffer.concat([PNG, randomBytes(2 * CHUNK_BYTES)]);
    const row = await send({ bytes });
    const path = await addressOf(budi, row);
    const response = await fetch(url + path, { headers: { Range: 'bytes=70000-70009' } });
    expect(Buffer.from(await response.arrayBuffer()).equals(bytes.subarray(70_000, 70_010))).toBe(true);
  });

  it('an address is valid for five minutes, also when the clock is set', async () => {
    const row = await send({ bytes: PNG });
    const path = await addressOf(budi, row);
    test.clock.now += 5 * 60_000 - 1500;
    expect((await fetch(url + path)).status).toBe(200);
    test.clock.now += 1500;
    expect(await codeOf(await fetch(url + path))).toEqual([403, 'ADDRESS_EXPIRED']);
    test.clock.now -= 3_600_000;
    expect(await codeOf(await fetch(url + path))).toEqual([403, 'ADDRESS_EXPIRED']);
  });

  it('an address with any field changed is refused, and every refusal is alike', async () => {
    const [row, other] = [await send({ bytes: PNG }), await send({ bytes: PNG })];
    const path = await addressOf(budi, row);
    const fields = new URL(url + path).searchParams;
    const [fileId = '', otherId = ''] = [row, other].map(({ attachments }) => attachments?.[0]?.id);
    const signature = fields.get('signature') ?? '';
    const flipped = (signature.startsWith('A') ? 'B' : 'A') + signature.slice(1);
    const forged = [
      path.replace(signature, flipped),
      path.replace(budi.id, ani.id),
      path.replace(budi.id, '00000000-0000-4000-8000-000000000000'),
      path.replace(fileId, otherId),
      path.replace(`/${row.seq}/`, `/${other.seq}/`),
      path.replace(conversationId, '00000000-0000-4000-8000-000000000000'),
      path.replace(fields.get('expires') ?? '', String(Number(fields.get('expires')) + 1)),
    ];
    for (const one of forged) expect(await codeOf(await fetch(url + one))).toEqual([403, 'ADDRESS_EXPIRED']);
    expect((await fetch(url + path)).status).toBe(200);
  });

  it('a logout on all devices and another password end the addresses of a person', async () => {
    const row = await send({ bytes: PNG });
    const [first, second] = [await addressOf(budi, row), await addressOf(ani, row)];
    await budi.post('/auth/logout', { everywhere: true });
    expect(await codeOf(await fetch(url + first))).toEqual([403, 'ADDRESS_EXPIRED']);
    const change = { userId: ani.id, currentPassword: PASSWORD, newPassword: 'jahe-hangat-malam' };
    expect((await ani.post('/auth/change-password', change)).status).toBe(200);
    expect(await codeOf(await fetch(url + second))).toEqual([403, 'ADDRESS_EXPIRED']);
    budi = await logIn(test, 'budi');
    expect((await fetch(url + (await addressOf(budi, row)))).status).toBe(200);
  });
});
