import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createAlertPosts } from './alert-posts.ts';
import type { AlertMessage } from './alerts.ts';

const MESSAGE: AlertMessage = { code: 'disk', since: Date.UTC(2026, 10, 29), hasEnded: false };
type Received = { path: string | undefined; headers: Record<string, unknown>; body: string };
const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** A receiver of alerts that answers with these statuses, the last one again and again. */
async function receive(...statuses: number[]): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    received.push({ path: request.url, headers: request.headers, body });
    const status = statuses.length > 1 ? (statuses.shift() as number) : (statuses[0] ?? 200);
    response.writeHead(status, status === 302 ? { Location: '/elsewhere' } : {}).end('x'.repeat(1000));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/kotak`, received };
}

/** Sends through posts with these settings; `warned` are the lines of the log. */
function open(urls: { ntfyUrl?: string; webhookUrl?: string }, resolve?: () => Promise<string[]>) {
  const warned: unknown[] = [];
  const posts = createAlertPosts(
    { ntfyUrl: undefined, webhookUrl: undefined, ...urls },
    {
      log: { warn: (...line: unknown[]) => void warned.push(line) } as never,
      retryDelaysMs: [10, 10],
      ...(resolve && { resolve }),
    },
  );
  ends.push(posts.close);
  return { posts, warned };
}

test('ntfy gets the sentence in both languages, at its path, with a title', async () => {
  const { url, received } = await receive();
  const { posts } = open({ ntfyUrl: url });
  posts.send(MESSAGE);
  await expect.poll(() => received.length).toBe(1);
  const [one] = received;
  expect(one).toMatchObject({
    path: '/kotak',
    headers: { title: 'Bisik', priority: 'high', tags: 'warning' },
  });
  expect(one?.body.split('\n')).toEqual([
    'Disk kotak hampir penuh. Hapus berkas lama atau tambah ruang.',
    'The disk of the box is nearly full. Delete old files or add room.',
  ]);
});

test('a webhook gets JSON with the code, the state and the time', async () => {
  const { url, received } = await receive();
  const { posts } = open({ webhookUrl: url });
  posts.send(MESSAGE);
  await expect.poll(() => received.length).toBe(1);
  posts.send({ ...MESSAGE, hasEnded: true });
  await expect.poll(() => received.length).toBe(2);
  const [firing, resolved] = received.map(({ body }) => JSON.parse(body));
  expect(firing).toMatchObject({ code: 'disk', state: 'firing', since: '2026-11-29T00:00:00.000Z' });
  expect(resolved).toEqual({
    code: 'disk',
    state: 'resolved',
    since: '2026-11-29T00:00:00.000Z',
    text: { id: 'Sudah teratasi: ruang disk.', en: 'Resolved: disk space.' },
  });
});

test('an alert that is refused is sent again, and after three attempts the log says so without the address', async () => {
  const twice = await receive(503, 200);
  const first = open({ ntfyUrl: twice.url });
  first.posts.send(MESSAGE);
  await expect.poll(() => twice.received.length).toBe(2);
  const never = await receive(500);
  const second = open({ ntfyUrl: `${never.url}-rahasia` });
  second.posts.send(MESSAGE);
  await expect.poll(() => second.warned.length).toBe(1);
  expect([never.received.length, first.warned]).toEqual([3, []]);
  expect(JSON.stringify(second.warned)).toContain('it answered 500');
  expect(JSON.stringify(second.warned)).not.toContain('rahasia');
});

test('a redirect is not followed', async () => {
  const { url, received } = await receive(302);
  const { posts, warned } = open({ webhookUrl: url });
  posts.send(MESSAGE);
  await expect.poll(() => warned.length).toBe(1);
  expect(new Set(received.map(({ path }) => path))).toEqual(new Set(['/kotak']));
});

test.each([
  ['http://ntfy.example.org/kotak', '93.184.215.14'],
  ['https://ntfy.example.org/kotak', '169.254.169.254'],
  ['http://ntfy.example.org/kotak', '0.0.0.0'],
  ['http://ntfy.example.org/kotak', 'fe80::1'],
  ['https://ntfy.example.org/kotak', '224.0.0.1'],
])(
  '%s is not called at %s: plain http stays at home, and special networks are never called',
  async (url, address) => {
    const { posts, warned } = open({ ntfyUrl: url }, async () => [address]);
    posts.send(MESSAGE);
    await expect.poll(() => warned.length).toBe(1);
    expect(JSON.stringify(warned)).toContain('may not be reached this way');
  },
);
