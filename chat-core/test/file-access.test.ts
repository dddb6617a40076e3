import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLog } from '../src/log.ts';
import { CHUNK_BYTES } from '../src/wire/attachments.ts';
import type { TestApp } from './support/app.ts';
import { addressOf, codeOf, type FileInput, filePath, PNG, storeMessageWith } from './support/attachments.ts';
import { type Client, deviceOf, logIn, signUp } from './support/client.ts';
import { PASSWORD, reauthenticate } from './support/person.ts';
import { listenWithTwoFriends } from './support/two-friends.ts';
import { bytesOf, upload } from './support/uploads.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

let test: TestApp;
let ani: Client;
let budi: Client;
let conversationId: string;
let url: string;
let stop: () => void;

beforeEach(() => restart());
afterEach(() => stop());

async function restart(...options: Parameters<typeof listenWithTwoFriends>): Promise<void> {
  ({ test, ani, budi, conversationId, url, stop } = await listenWithTwoFriends(...options));
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
    for (const [index, code] of ['NO_SUCH_FILE', 'NO_SUCH_MESSAGE'].entries()) {
      const path = filePath(index === 0 ? deleted : hidden);
      expect(await codeOf(await fetchAs(budi, path))).toEqual([404, code]);
      expect(await codeOf(await fetch(url + addresses[index]))).toEqual([404, code]);
    }
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
      path.replace(deviceOf(budi), deviceOf(await logIn(test, 'budi'))),
      path.replace(budi.id, '00000000-0000-4000-8000-000000000000'),
      path.replace(fileId, otherId),
      path.replace(`/${row.seq}/`, `/${other.seq}/`),
      path.replace(conversationId, '00000000-0000-4000-8000-000000000000'),
      path.replace(fields.get('expires') ?? '', String(Number(fields.get('expires')) + 1)),
    ];
    for (const one of forged) expect(await codeOf(await fetch(url + one))).toEqual([403, 'ADDRESS_EXPIRED']);
    expect((await fetch(url + path)).status).toBe(200);
  });

  it('the addresses of a device end with its session, and those of other devices stay', async () => {
    const row = await send({ bytes: PNG });
    const stolen = await logIn(test, 'budi');
    const [kept, taken] = [await addressOf(budi, row), await addressOf(stolen, row)];
    expect((await fetch(url + taken)).status).toBe(200);
    const { ticket } = (await reauthenticate(budi)).body;
    const ended = await budi.delete(`/auth/devices/${deviceOf(stolen)}`, {
      'Reauthentication-Ticket': ticket,
    });
    expect(ended.status).toBe(200);
    expect(await codeOf(await fetch(url + taken))).toEqual([403, 'ADDRESS_EXPIRED']);
    expect((await fetch(url + kept)).status).toBe(200);
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

describe('a download that has begun', () => {
  const SIZE = 300 * CHUNK_BYTES;
  /** A file of Ani's that no socket holds as a whole, in a group with Budi. */
  async function sendToGroup() {
    const { body } = await ani.post('/groups', { name: 'Keluarga', memberIds: [budi.id] });
    const author = { conversationId: body.id, senderId: ani.id };
    return storeMessageWith(test, author, [{ bytes: randomBytes(SIZE) }], 'lihat');
  }

  /** Begins a download, runs `meanwhile`, and reads the rest. @returns the bytes that came, and whether the answer was cut */
  async function download(path: string, token: string | undefined, meanwhile: () => Promise<unknown>) {
    const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
    const [incoming] = (await once(get(url + path, { headers, agent: false }), 'response')) as [
      IncomingMessage,
    ];
    expect(incoming.statusCode).toBe(200);
    await meanwhile();
    let bytes = 0;
    try {
      for await (const piece of incoming) bytes += (piece as Buffer).length;
      return { bytes, isCut: false };
    } catch {
      return { bytes, isCut: true };
    }
  }

  type Row = Awaited<ReturnType<typeof sendToGroup>>;
  it.each<[string, (row: Row) => Promise<{ status: number }>]>([
    ['the message is deleted', (row) => ani.delete(`${messagePath(row)}?for=everyone`)],
    ['the person hides the message', (row) => budi.delete(`${messagePath(row)}?for=me`)],
    ['the member is removed', (row) => ani.delete(`/groups/${row.conversationId}/members/${budi.id}`)],
    ['the device is signed out', () => budi.post('/auth/logout', {})],
  ])('a download that has begun ends when %s', async (_, end) => {
    const row = await sendToGroup();
    const { bytes, isCut } = await download(filePath(row), budi.token, async () => {
      expect((await end(row)).status).toBe(200);
    });
    expect(isCut).toBe(true);
    expect(bytes).toBeLessThan(SIZE / 2);
  });

  it('a download by a signed address ends when its device signs out, but not when the address expires', async () => {
    const row = await sendToGroup();
    const expired = await download(await addressOf(budi, row), undefined, async () => {
      test.clock.now += 6 * 60_000;
    });
    expect(expired).toEqual({ bytes: SIZE, isCut: false });
    const { isCut } = await download(await addressOf(budi, row), undefined, () =>
      budi.post('/auth/logout', {}),
    );
    expect(isCut).toBe(true);
  });

  it('four accounts that read none of the downloads they begin keep no one else from a file, nor from sending one', async () => {
    const names = ['citra', 'dewi', 'eko'];
    const members = [budi];
    for (const name of names) {
      members.push(await signUp(test, name));
      await ani.post('/friends/add', { myId: ani.id, friendUsername: name });
    }
    const { body } = await ani.post('/groups', { name: 'Keluarga', memberIds: members.map(({ id }) => id) });
    const inGroup = { conversationId: body.id, senderId: ani.id };
    const row = await storeMessageWith(test, inGroup, [{ bytes: randomBytes(SIZE) }]);
    const small = await storeMessageWith(test, inGroup, [{ bytes: PNG }]);
    const stalled = await Promise.all(
      [...members, ...members, ...members, ...members].map(async ({ token }) => {
        const headers = { Authorization: `Bearer ${token}` };
        const [incoming] = await once(get(url + filePath(row), { headers, agent: false }), 'response');
        return (incoming as IncomingMessage).on('error', () => {});
      }),
    );
    expect(stalled.map(({ statusCode }) => statusCode)).toEqual(stalled.map(() => 200));
    expect((await fetchAs(ani, filePath(small))).status).toBe(200);
    await upload(ani, body.id, bytesOf(2 * CHUNK_BYTES));
    // The place of one was enough for all this: who had it may begin again, and the others have four.
    const again: number[] = [];
    for (const who of members) again.push((await fetchAs(who, filePath(small))).status);
    expect(again.toSorted()).toEqual([200, 429, 429, 429]);
    for (const one of stalled) one.destroy();
  });

  it('a download whose later chunk does not open writes one line into the log, and one whose client goes away writes none', async () => {
    const log = createLog('silent');
    const warn = vi.spyOn(log, 'warn');
    stop();
    // Without a cache in front of it, the app calls the fake cipher itself.
    await restart({ PLAINTEXT_CACHE: 'off' }, { log });
    const row = await sendToGroup();
    const { openChunks } = test.cipher;
    test.cipher.openChunks = async (chunks, sealed) =>
      chunks.index >= 200 ? undefined : openChunks(chunks, sealed);
    expect((await download(filePath(row), budi.token, async () => {})).isCut).toBe(true);
    const line = { route: expect.stringContaining('/attachments/:attachmentId'), code: 'FILE_DAMAGED' };
    expect(warn.mock.calls).toEqual([[expect.objectContaining(line), 'an answer was cut']]);
    expect(JSON.stringify(warn.mock.calls)).not.toContain(row.conversationId);

    test.cipher.openChunks = openChunks;
    const sent = get(url + filePath(row), {
      headers: { Authorization: `Bearer ${budi.token}` },
      agent: false,
    });
    const [incoming] = (await once(sent, 'response')) as [IncomingMessage];
    incoming.destroy();
    // Its place becomes free when the box has noticed.
    await vi.waitFor(async () => {
      const began = Array.from({ length: 4 }, () => fetchAs(budi, filePath(row), { Range: 'bytes=0-9' }));
      expect((await Promise.all(began)).map(({ status }) => status)).toEqual([206, 206, 206, 206]);
    });
    expect(warn).toHaveBeenCalledTimes(1);
  });
});

function messagePath({ conversationId, seq }: { conversationId: string; seq: number }): string {
  return `/conversations/${conversationId}/messages/${seq}`;
}
