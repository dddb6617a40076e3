import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPushService } from '../../test/support/push-service.ts';
import { createPost } from './push-client.ts';

let service: Awaited<ReturnType<typeof startPushService>>;
beforeAll(async () => {
  service = await startPushService();
});
afterAll(() => service.stop());

const letter = { endpoint: 'https://localhost/push/x', headers: { TTL: 60 }, body: Buffer.from('sealed') };
const to = (addresses: string[], more = {}) =>
  createPost({ resolve: async () => addresses, port: service.port, ca: service.ca, ...more });

test('a letter arrives, and of the answer only the status and the pause it asks for are read', async () => {
  service.answer('/push/x', 429, { 'Retry-After': '17' });
  const allowed = { isAllowed: (address: string) => address === '127.0.0.1' };
  expect(await to(['127.0.0.1'], allowed)(letter)).toEqual({ status: 429, retryAfter: 17 });
  expect(service.arrived.at(-1)?.body.toString()).toBe('sealed');
  service.answer('/push/x', 307, { Location: 'https://localhost/elsewhere', 'Retry-After': 'soon' });
  expect(await to(['127.0.0.1'], allowed)(letter)).toEqual({ status: 307, retryAfter: 0 });
  expect(service.arrived.map(({ path }) => path)).not.toContain('/elsewhere');
});

test.each([
  ['nowhere', []],
  ['this machine', ['127.0.0.1']],
  ['this machine, by its other name', ['::1']],
  ['the home', ['192.168.1.1']],
  ['the internet and the home', ['8.8.8.8', '10.0.0.1']],
  ['the home, mapped', ['::ffff:192.168.1.1']],
])('a name that leads to %s is not followed', async (_where, addresses) => {
  const before = service.arrived.length;
  await expect(to(addresses)(letter)).rejects.toThrow('no public address');
  expect(service.arrived.length).toBe(before);
});

test('the connection goes to the address that was looked at, whatever the name means by then', async () => {
  const before = service.arrived.length;
  const asked: string[] = [];
  const post = createPost({
    resolve: async (host) => {
      asked.push(host);
      return ['127.0.0.1'];
    },
    isAllowed: () => true,
    port: service.port,
    ca: service.ca,
  });
  // No resolver of this machine knows the name: reaching the service shows that none was asked.
  await expect(post({ ...letter, endpoint: 'https://push.invalid/push/x' })).rejects.toThrow(
    /altnames|Hostname/,
  );
  expect([asked, service.arrived.length]).toEqual([['push.invalid'], before]);
});
