import { expect, test } from 'vitest';
import { createProbe, isLocalHost } from './probe.ts';

type Answers = { cors?: () => Response; opaque?: boolean };

function probeOf(host: string, { cors, opaque }: Answers) {
  const fake = async (_url: unknown, init?: RequestInit) => {
    if (init?.mode === 'cors' && cors) return cors();
    if (init?.mode === 'no-cors' && opaque) return new Response(null);
    throw new TypeError('Failed to fetch');
  };
  return createProbe({ base: '/api', host, fetch: fake as typeof fetch })();
}
const AWAY = 'chat.example.org';
const HOME = '192.168.1.20';

test('no answer means no internet, and on a home network an unreachable server', async () => {
  expect(await probeOf(AWAY, {})).toBe('internet');
  expect(await probeOf(HOME, {})).toBe('unreachable');
});

test('an error that is not of the server comes from the tunnel, readable or not', async () => {
  expect(await probeOf(AWAY, { cors: () => new Response('error code: 1033', { status: 530 }) })).toBe(
    'tunnel',
  );
  expect(await probeOf(AWAY, { opaque: true })).toBe('tunnel');
  expect(await probeOf(HOME, { opaque: true })).toBe('unreachable');
});

test('a server that answers may report that its cipher is unavailable', async () => {
  const answer = (status: number, body: unknown) => () => new Response(JSON.stringify(body), { status });
  expect(await probeOf(AWAY, { cors: answer(503, { code: 'NOT_READY', error: 'x' }) })).toBe('cipher');
  expect(await probeOf(AWAY, { cors: answer(200, { status: 'ready' }) })).toBe('unreachable');
});

test('hosts of a home network are distinguished from those of the internet', () => {
  const home =
    'localhost 127.0.0.1 10.1.2.3 192.168.1.2 172.16.0.1 172.31.9.9 169.254.1.1 100.64.0.1 [::1] [fd00::1] [fe80::1] box box.local box.lan box.fritz.home';
  const away =
    'chat.example.org 8.8.8.8 172.32.0.1 172.15.0.1 100.128.0.1 192.169.1.1 [2001:db8::1] local.example.org fdisk.example.org 1270.example.org';
  for (const host of home.split(' ')) expect([host, isLocalHost(host)]).toEqual([host, true]);
  for (const host of away.split(' ')) expect([host, isLocalHost(host)]).toEqual([host, false]);
});
