import { beforeEach, describe, expect, it, vi } from 'vitest';
import { readConfig } from '../src/config.ts';
import { type Route, storesContent } from '../src/http/route.ts';
import { startApp, type TestApp } from './support/app.ts';
import { type Client, signUpFriends } from './support/client.ts';
import { PASSWORD } from './support/person.ts';
import { bytesOf, fileInput } from './support/uploads.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

let test: TestApp;
let ani: Client;
let budi: Client;
let conversationId: string;
beforeEach(() => start());

async function start(env: Record<string, string> = {}): Promise<void> {
  test = await startApp(env);
  [ani, budi] = await signUpFriends(test);
  conversationId = (await test.store.conversationsOf(ani.id))[0]?.id ?? '';
}

const send = (who: Client, message: string) =>
  who.post('/chat/send', { senderId: who.id, conversationId, message });
const nameOf = ({ method, path }: Route) => `${method.toUpperCase()} ${path}`;

/** What stores nothing new, ends access or removes content, and what an owner does, who has to mend it. Any other route that is not a GET is refused on a full disk. */
const WORK_WHEN_FULL = [
  ...['POST /auth/login', 'POST /auth/refresh', 'POST /auth/logout', 'DELETE /auth/devices/:deviceId'],
  'POST /auth/login/passkey',
  ...['POST /auth/change-password', 'POST /auth/reset-password', 'POST /auth/reauthenticate'],
  ...['decline', 'withdraw', 'remove', 'block', 'unblock'].map((name) => `POST /friends/${name}`),
  ...['DELETE /conversations/:conversationId/messages/:seq', 'DELETE /attachments/:attachmentId'],
  'DELETE /conversations/:conversationId/messages/:seq/reactions/:emoji',
  'DELETE /conversations/:conversationId/messages/:seq/star',
  ...['DELETE /groups/:conversationId', 'DELETE /groups/:conversationId/members/:userId'],
  ...['PATCH /groups/:conversationId/members/:userId', 'DELETE /groups/:conversationId/links/:linkId'],
  ...['POST /invites/revoke', 'POST /push/unsubscribe'],
  ...['POST /groups/look', 'POST /invites/look', 'POST /push/test', 'POST /chat/read', 'POST /chat/typing'],
  ...[
    'POST /owner/claim',
    'PATCH /owner/people/:userId',
    'DELETE /me',
    'POST /me/export',
    'DELETE /owner/people/:userId',
    'POST /owner/people/:userId/reset-code',
  ],
  ...['DELETE /owner/reports/:userId', 'PATCH /owner/settings', 'POST /owner/backups'],
  ...['start', 'login', 'reauthenticate', 'password', 'unlink'].map((name) => `POST /auth/oidc/${name}`),
  'POST /conversations/:conversationId/messages/:seq/attachments/:attachmentId/address',
];

describe('a full disk', () => {
  it('only routes that store nothing new, end access or remove content work on a full disk', () => {
    const others = test.routes.filter((route) => route.method !== 'get' && !storesContent(route));
    expect(others.map(nameOf).sort()).toEqual([...WORK_WHEN_FULL].sort());
  });

  it('every route that stores content answers 507 on a full disk, before it looks at the request', async () => {
    const storing = test.routes.filter(storesContent);
    expect(storing.length).toBeGreaterThan(15);
    vi.spyOn(test.store, 'isFull').mockReturnValue(true);
    for (const { method, path } of storing) {
      const sent = method === 'put' ? ani.put(path, Buffer.alloc(1)) : ani[method](path, {});
      const { status, body, headers } = await sent;
      expect([method, path, status, body.code]).toEqual([method, path, 507, 'DISK_FULL']);
      expect(headers['retry-after']).toBe('5');
    }
    expect((await ani.get('/sync')).status).toBe(200);
    expect((await ani.post('/friends/block', { userId: budi.id })).status).toBe(200);
    expect((await ani.post('/auth/logout', {})).status).toBe(200);
    expect((await send(budi, 'halo')).status).toBe(507);
  });
});

describe('the daily limit of an account', () => {
  it('who has stored as much as a person may in a day is refused with the time to wait, and still reads, deletes and ends access', async () => {
    await start({ RATE_LIMITS: 'stored=40/86400' });
    let sent = 0;
    for (; (await send(ani, 'x'.repeat(4000))).status === 200; sent++) expect(sent).toBeLessThan(40);
    // 4,000 characters are 7 KiB of base64 with its row. The last one may go beyond.
    expect(sent).toBe(6);
    const { status, body, headers } = await send(ani, 'x'.repeat(4000));
    expect([status, body.code, headers['retry-after']]).toEqual([429, 'DAILY_LIMIT', '3600']);

    expect((await ani.get('/sync')).status).toBe(200);
    const message = `/conversations/${conversationId}/messages/1?for=everyone`;
    expect((await ani.delete(message)).status).toBe(200);
    expect((await ani.post('/friends/block', { userId: budi.id })).status).toBe(200);
    const change = { userId: ani.id, currentPassword: PASSWORD, newPassword: 'jahe-hangat-malam' };
    const changed = await ani.post('/auth/change-password', change);
    expect(changed.status).toBe(200);
    expect((await send(budi, 'halo')).body.code).not.toBe('DAILY_LIMIT');
  });

  it('a body that is refused for its size counts no more than the largest one that is taken', async () => {
    await start({ RATE_LIMITS: 'stored=400/86400' });
    expect((await send(ani, 'x'.repeat(2 ** 20))).body.code).toBe('BODY_TOO_LARGE');
    expect((await send(ani, 'halo')).status).toBe(200);
  });

  it('parts of files count by their size, a refused one too, and other accounts are not affected', async () => {
    await start({ RATE_LIMITS: 'stored=60/86400' });
    const size = 128 * 1024;
    const { body } = await ani.post('/attachments', fileInput(conversationId, size));
    const part = (offset: number) => ani.put(`/attachments/${body.id}?offset=${offset}`, bytesOf(65_536));
    expect((await part(0)).status).toBe(200);
    expect((await part(65_536)).body.code).toBe('DAILY_LIMIT');
    expect((await ani.delete(`/attachments/${body.id}`)).status).toBe(200);
    expect((await send(budi, 'halo')).status).toBe(200);
  });

  it('by default two accounts that store all they may cannot fill a card of 16 GB in a week, and a person who writes 3,000 long messages and sends ten of the largest files is not refused', () => {
    const { rates, fileQuotas } = readConfig({});
    const { count, seconds } = rates?.stored ?? { count: 0, seconds: 0 };
    const perDay = (count * 1024 * 86_400) / seconds;
    expect(2 * 7 * perDay).toBeLessThan(8e9);
    expect(3000 * (700 + 4 * 1000) + 10 * fileQuotas.maxFileBytes).toBeLessThan(perDay);
  });
});
