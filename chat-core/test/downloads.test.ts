import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readConfig } from '../src/config.ts';
import type { StoredMessage } from '../src/storage/store.ts';
import { CHUNK_BYTES } from '../src/wire/attachments.ts';
import { seeded } from './crash/random.ts';
import type { TestApp } from './support/app.ts';
import { addressOf, codeOf, type FileInput, filePath, PNG, storeMessageWith } from './support/attachments.ts';
import type { Client } from './support/client.ts';
import { listenWithTwoFriends } from './support/two-friends.ts';

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

/** A message of Ani's to Budi with these files. */
const send = (...inputs: FileInput[]) =>
  storeMessageWith(test, { conversationId, senderId: ani.id }, inputs, 'lihat');

/** A picture of so many bytes. */
const picture = (size: number) => Buffer.concat([PNG, randomBytes(size)]).subarray(0, size);

const fetchAs = (who: Client, path: string, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(url + path, { method, headers: { Authorization: `Bearer ${who.token}`, ...headers } });

describe('the budget of downloads', () => {
  it('refuses a person who has loaded as much as an hour allows, with the time to wait, and no one else', async () => {
    await restart({ RATE_LIMITS: 'downloads=64/3600' });
    const row = await send({ bytes: picture(70 * 1024) });
    const whole = await fetchAs(budi, filePath(row));
    expect((await whole.arrayBuffer()).byteLength).toBe(70 * 1024);
    const refused = await fetchAs(budi, filePath(row), { Range: 'bytes=0-1' });
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([
      429,
      'DOWNLOAD_LIMIT',
    ]);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(60);
    expect((await budi.get(`/chat/history?myId=${budi.id}&conversationId=${conversationId}`)).status).toBe(
      200,
    );
    const other = await fetchAs(ani, filePath(row));
    expect((await other.arrayBuffer()).byteLength).toBe(70 * 1024);
    await restart();
  });

  it('is gigabytes an hour, so that a family notices nothing', () => {
    const { count, seconds } = readConfig({}).rates?.downloads ?? { count: 0, seconds: 1 };
    expect([count / 2 ** 20, seconds]).toEqual([4, 3600]);
  });
});

describe('the bytes of a file', () => {
  it.each([1, PNG.length, CHUNK_BYTES, CHUNK_BYTES + 1, 4 * CHUNK_BYTES, 9 * CHUNK_BYTES + 77])(
    'a file of %d bytes arrives as it was sent, with its length',
    async (size) => {
      const bytes = picture(size);
      const row = await send({ bytes });
      const response = await fetchAs(budi, filePath(row));
      expect(response.status).toBe(200);
      expect(response.headers.get('content-length')).toBe(String(size));
      expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
    },
  );

  it('each range has the bytes that a plain file would have there', async () => {
    const bytes = picture(5 * CHUNK_BYTES + 1234);
    const row = await send({ bytes });
    const random = seeded(11);
    const edges = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, 4 * CHUNK_BYTES, bytes.length - 1, bytes.length];
    const place = () => (random.chance(0.5) ? random.pick(edges) : random.below(bytes.length + CHUNK_BYTES));
    for (let n = 0; n < 60; n++) {
      const [a, b] = [place(), place()].sort((x, y) => x - y) as [number, number];
      const [header, plain] = random.pick([
        [`bytes=${a}-${b}`, bytes.subarray(a, b + 1)],
        [`bytes=${a}-`, bytes.subarray(a)],
        [`bytes=-${a}`, bytes.subarray(Math.max(0, bytes.length - a))],
      ] as const);
      const response = await fetchAs(budi, filePath(row), { Range: header });
      const body = Buffer.from(await response.arrayBuffer());
      if (plain.length === 0) {
        expect([header, response.status, response.headers.get('content-range')]).toEqual([
          header,
          416,
          `bytes */${bytes.length}`,
        ]);
        continue;
      }
      const start = header.startsWith('bytes=-') ? bytes.length - plain.length : a;
      expect([header, response.status, body.equals(plain)]).toEqual([header, 206, true]);
      expect(response.headers.get('content-range')).toBe(
        `bytes ${start}-${start + plain.length - 1}/${bytes.length}`,
      );
    }
  });

  it('HEAD says the length and sends no byte, and it ignores a range', async () => {
    const row = await send({ bytes: picture(1000) });
    const response = await fetchAs(budi, filePath(row), { Range: 'bytes=0-1' }, 'HEAD');
    expect([response.status, response.headers.get('content-length')]).toEqual([200, '1000']);
    expect(response.headers.get('accept-ranges')).toBe('bytes');
    expect((await response.arrayBuffer()).byteLength).toBe(0);
  });

  it('a range of another version of the file is not sent', async () => {
    const row = await send({ bytes: picture(1000) });
    const whole = await fetchAs(budi, filePath(row), { Range: 'bytes=0-1', 'If-Range': '"other"' });
    expect([whole.status, (await whole.arrayBuffer()).byteLength]).toEqual([200, 1000]);
    const etag = whole.headers.get('etag') ?? '';
    expect((await fetchAs(budi, filePath(row), { Range: 'bytes=0-1', 'If-Range': etag })).status).toBe(206);
  });

  it.each([
    ['a picture', PNG, 'foto.png', 'image/png', 'image/png', 'inline'],
    [
      'HTML',
      Buffer.from('<!DOCTYPE html><script>x</script>'),
      'a.html',
      'text/html',
      undefined,
      'attachment',
    ],
    [
      'HTML that says it is a picture',
      Buffer.from('<script>x'),
      'a.png',
      'image/png',
      undefined,
      'attachment',
    ],
    ['SVG', Buffer.from('<svg onload="x()"/>'), 'a.svg', 'image/svg+xml', undefined, 'attachment'],
    ['a PDF', Buffer.from('%PDF-1.7'), 'a.pdf', 'application/pdf', undefined, 'attachment'],
    ['text', Buffer.from('halo'), 'a.txt', 'text/plain', undefined, 'attachment'],
  ])('%s never runs in a browser', async (_, bytes, name, type, shown, kind) => {
    const row = await send({ bytes, name, type });
    for (const path of [filePath(row), await addressOf(budi, row)]) {
      const { headers } = await fetchAs(budi, path);
      expect(headers.get('content-type')).toBe(shown ?? 'application/octet-stream');
      expect(headers.get('content-disposition')).toMatch(new RegExp(`^${kind}; filename="${name}"`));
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toMatch(/^sandbox; default-src 'none'/);
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
      expect(headers.get('cache-control')).toBe('no-store');
    }
  });

  it('a page of another origin may show files only where it may use the box', async () => {
    await restart({ CORS_ORIGINS: 'https://chat.example.org' });
    const row = await send({ bytes: PNG });
    const { headers } = await fetchAs(budi, filePath(row), { Origin: 'https://chat.example.org' });
    expect(headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    expect(headers.get('access-control-allow-origin')).toBe('https://chat.example.org');
    expect(headers.get('access-control-expose-headers')).toContain('Content-Range');
    await restart();
  });
});

describe('a damaged file', () => {
  /** Changes one sealed byte of the file of a message. */
  async function damage(row: StoredMessage, offset: number): Promise<void> {
    const ref = { conversationId, id: row.attachments?.[0]?.id ?? '' };
    const sealed = await test.store.files.read(ref, 0, 1e9);
    if (!sealed) throw new Error('there is no file');
    sealed[offset] = (sealed[offset] ?? 0) ^ 1;
    await test.store.files.remove(ref);
    await test.store.files.write(ref, 0, sealed);
    await test.store.files.finish(ref);
  }

  it('a file whose first chunk does not open answers an error', async () => {
    const row = await send({ bytes: picture(CHUNK_BYTES * 6) });
    await damage(row, 0);
    expect(await codeOf(await fetchAs(budi, filePath(row)))).toEqual([500, 'FILE_DAMAGED']);
  });

  it('a file whose later chunk does not open is cut, and its good ranges still open', async () => {
    const bytes = picture(CHUNK_BYTES * 6);
    const row = await send({ bytes });
    await damage(row, 5 * (CHUNK_BYTES + 23));
    const response = await fetchAs(budi, filePath(row));
    expect(response.status).toBe(200);
    await expect(response.arrayBuffer()).rejects.toThrow();
    const good = await fetchAs(budi, filePath(row), { Range: 'bytes=0-99' });
    expect(Buffer.from(await good.arrayBuffer()).equals(bytes.subarray(0, 100))).toBe(true);
    const bad = await fetchAs(budi, filePath(row), { Range: 'bytes=-9' });
    expect(await codeOf(bad)).toEqual([500, 'FILE_DAMAGED']);
  });

  it('a file that a repair marked as lost keeps its name, has no bytes, and goes with its message', async () => {
    const row = await send({ bytes: picture(CHUNK_BYTES), name: 'kebun.png', lost: true });
    const id = row.attachments?.[0]?.id;
    expect(row.attachments).toMatchObject([{ lost: true }]);
    expect(await codeOf(await fetchAs(budi, filePath(row)))).toEqual([404, 'NO_SUCH_FILE']);
    expect(await codeOf(await fetch(url + (await addressOf(budi, row))))).toEqual([404, 'NO_SUCH_FILE']);
    const list = await budi.get(`/conversations/${conversationId}/attachments?kind=media`);
    const shown = list.body.messages.find(({ seq }: { seq: number }) => seq === row.seq);
    expect(shown.attachments).toMatchObject([{ id, name: 'kebun.png', size: CHUNK_BYTES }]);

    const { bytes } = test.store.totalUsage(ani.id);
    const path = `/conversations/${conversationId}/messages/${row.seq}?for=everyone`;
    expect((await ani.delete(path)).status).toBe(200);
    expect(test.store.totalUsage(ani.id).bytes).toBe(bytes - CHUNK_BYTES);
    await vi.waitFor(() => expect(test.store.uploads()).toEqual([]));
  });

  it('a file that was cut on the disk, or is gone, answers an error', async () => {
    const row = await send({ bytes: picture(CHUNK_BYTES * 2) });
    const ref = { conversationId, id: row.attachments?.[0]?.id ?? '' };
    const sealed = (await test.store.files.read(ref, 0, 1e9)) ?? Buffer.alloc(0);
    await test.store.files.remove(ref);
    expect(await codeOf(await fetchAs(budi, filePath(row)))).toEqual([404, 'NO_SUCH_FILE']);
    await test.store.files.write(ref, 0, sealed.subarray(0, -1));
    await test.store.files.finish(ref);
    expect(await codeOf(await fetchAs(budi, filePath(row)))).toEqual([500, 'FILE_DAMAGED']);
  });
});

describe('many downloads', () => {
  /** Begins a download and reads only its head. */
  async function begin(who: Client, row: StoredMessage): Promise<[ClientRequest, IncomingMessage]> {
    const headers = { Authorization: `Bearer ${who.token}` };
    const sent = get(url + filePath(row), { headers, agent: false });
    const [incoming] = (await once(sent, 'response')) as [IncomingMessage];
    return [sent, incoming];
  }

  it('a person has four downloads at once, and one whose client goes away makes room', async () => {
    const row = await send({ bytes: picture(200 * CHUNK_BYTES) });
    const began = await Promise.all(Array.from({ length: 4 }, () => begin(budi, row)));
    expect(began.map(([, incoming]) => incoming.statusCode)).toEqual([200, 200, 200, 200]);
    const refused = await fetchAs(budi, filePath(row));
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await codeOf(refused)).toEqual([429, 'TOO_MANY_REQUESTS']);
    expect((await fetchAs(ani, filePath(row), { Range: 'bytes=0-9' })).status).toBe(206);
    began[0]?.[0].destroy();
    await vi.waitFor(async () => {
      const again = await fetchAs(budi, filePath(row), { Range: 'bytes=0-9' });
      expect(again.status).toBe(206);
    });
    for (const [sent] of began) sent.destroy();
  });

  it('a download that its client does not read opens only what fits into the sockets', async () => {
    // Without a cache in front of it, the app calls the fake cipher itself.
    await restart({ PLAINTEXT_CACHE: 'off' });
    const size = 300 * CHUNK_BYTES;
    const row = await send({ bytes: picture(size) });
    let opened = 0;
    const { openChunks } = test.cipher;
    test.cipher.openChunks = async (...of) => {
      const plain = await openChunks(...of);
      opened += plain?.length ?? 0;
      return plain;
    };
    const [sent, incoming] = await begin(budi, row);
    let before = -1;
    await vi.waitFor(
      () => {
        const isStill = opened === before;
        before = opened;
        expect(isStill).toBe(true);
      },
      { interval: 100, timeout: 5000 },
    );
    expect(opened).toBeLessThan(size / 2);
    let read = 0;
    for await (const bytes of incoming) read += (bytes as Buffer).length;
    expect(read).toBe(size);
    sent.destroy();
  });

  it('a download does not count as a request in flight while it lasts', async () => {
    await restart({}, { maxInFlight: 1 });
    const row = await send({ bytes: picture(200 * CHUNK_BYTES) });
    const [sent] = await begin(budi, row);
    expect((await ani.get('/auth/devices')).status).toBe(200);
    sent.destroy();
  });
});
