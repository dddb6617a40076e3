import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPushService } from '../../test/support/push-service.ts';
import { createPushClient } from './push-client.ts';

let service: Awaited<ReturnType<typeof startPushService>>;
beforeAll(async () => {
  service = await startPushService();
});
afterAll(() => service.stop());

const push = { endpoint: 'https://localhost/push/x', headers: { TTL: 60 }, body: Buffer.from('sealed') };
const clientOf = (addresses: string[], more = {}) =>
  createPushClient({ resolve: async () => addresses, port: service.port, ca: service.ca, ...more });

test('a push arrives, and only the status and Retry-After of the response are read', async () => {
  service.answer('/push/x', 429, { 'Retry-After': '17' });
  const allowed = { isAllowed: (address: string) => address === '127.0.0.1' };
  expect(await clientOf(['127.0.0.1'], allowed)(push)).toEqual({ status: 429, retryAfter: 17 });
  expect(service.arrived.at(-1)?.body.toString()).toBe('sealed');
  service.answer('/push/x', 307, { Location: 'https://localhost/elsewhere', 'Retry-After': 'soon' });
  expect(await clientOf(['127.0.0.1'], allowed)(push)).toEqual({ status: 307, retryAfter: 0 });
  expect(service.arrived.map(({ path }) => path)).not.toContain('/elsewhere');
});

test.each([
  ['no address', []],
  ['the loopback address', ['127.0.0.1']],
  ['the loopback address of IPv6', ['::1']],
  ['a private address', ['192.168.1.1']],
  ['a public and a private address', ['8.8.8.8', '10.0.0.1']],
  ['a private address mapped to IPv6', ['::ffff:192.168.1.1']],
])('a push service whose name has %s is not contacted', async (_name, addresses) => {
  const before = service.arrived.length;
  await expect(clientOf(addresses)(push)).rejects.toThrow('no public address');
  expect(service.arrived.length).toBe(before);
});

test('the connection goes to the address that was checked, whatever the name resolves to by then', async () => {
  const before = service.arrived.length;
  const resolved: string[] = [];
  const send = createPushClient({
    resolve: async (host) => {
      resolved.push(host);
      return ['127.0.0.1'];
    },
    isAllowed: () => true,
    port: service.port,
    ca: service.ca,
  });
  // No resolver of this machine knows the name: reaching the service shows that none was used.
  await expect(send({ ...push, endpoint: 'https://push.invalid/push/x' })).rejects.toThrow(
    /altnames|Hostname/,
  );
  expect([resolved, service.arrived.length]).toEqual([['push.invalid'], before]);
});

test('the time limit of an attempt includes its name: a resolver that never answers ends with it', async () => {
  let isCancelled = false;
  const send = createPushClient({
    resolve: (_host, signal) => {
      signal.addEventListener('abort', () => {
        isCancelled = true;
      });
      return new Promise(() => {});
    },
    timeoutMs: 50,
  });
  await expect(send(push)).rejects.toThrow(/timeout/);
  expect(isCancelled).toBe(true);
});
