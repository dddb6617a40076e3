import { randomBytes, randomUUID } from 'node:crypto';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CounterState } from '../src/wire.ts';
import { type CoreClient, coreClient } from './support/client.ts';
import { freshKeys, type Keys } from './support/keys.ts';
import { startService } from './support/service.ts';

let keys: Keys;
let service: Awaited<ReturnType<typeof startService>>;
let core: CoreClient;
const start = async () => {
  service = await startService(keys);
  core = coreClient(keys, service.port);
};
const stop = async () => {
  core.end();
  await service.stop();
};
beforeEach(async () => {
  keys = await freshKeys();
  await start();
});
afterEach(async () => {
  await stop();
  keys.remove();
});

const code = () => randomBytes(16).toString('base64url');
const read = async (history: string) =>
  (await core.ask({ path: '/counter/read', body: { history } })).body as CounterState;
const raise = (history: string, position: object, ended: string[] = []) =>
  core.ask({ path: '/counter/raise', body: { history, position, ended } });
const folder = () => join(keys.dir, 'cipher', 'counter');

test('the highest position of a history is remembered across a restart, and never falls', async () => {
  const history = randomUUID();
  expect(await read(history)).toEqual({ position: null, isEnded: false, isEmpty: true });
  const [first, second] = [
    { revision: 7, code: code() },
    { revision: 9, code: code() },
  ];
  for (const position of [first, second, second]) expect((await raise(history, position)).status).toBe(200);
  for (const position of [first, { revision: 9, code: code() }])
    expect(await raise(history, position)).toMatchObject({
      status: 409,
      body: { code: 'POSITION_BEHIND' },
    });
  await stop();
  await start();
  expect(await read(history)).toEqual({ position: second, isEnded: false, isEmpty: false });
  expect(await read(randomUUID())).toEqual({ position: null, isEnded: false, isEmpty: false });
  expect(readdirSync(folder())).toEqual(['positions.json']);
  expect(statSync(join(folder(), 'positions.json')).mode & 0o777).toBe(0o600);
});

test('raises at the same time are all remembered', async () => {
  const histories = Array.from({ length: 20 }, () => ({
    id: randomUUID(),
    at: { revision: 1, code: code() },
  }));
  await Promise.all(histories.map(({ id, at }) => raise(id, at)));
  await stop();
  await start();
  for (const { id, at } of histories) expect((await read(id)).position).toEqual(at);
});

test('a history that another one replaced has ended for ever', async () => {
  const [before, after] = [randomUUID(), randomUUID()];
  await raise(before, { revision: 5, code: code() });
  await raise(after, { revision: 3, code: code() }, [before]);
  expect(await read(before)).toEqual({ position: null, isEnded: true, isEmpty: false });
  expect((await raise(before, { revision: 6, code: code() })).status).toBe(409);
});

test('so many histories that no other is taken lose none, and those that ended make room', async () => {
  const histories = Array.from({ length: 256 }, () => randomUUID());
  const [first = '', second = ''] = histories;
  await stop();
  const stored = histories.map((one) => [one, { revision: 1, code: code() }]);
  writeFileSync(join(folder(), 'positions.json'), JSON.stringify({ version: 1, histories: stored }));
  await start();
  const another = randomUUID();
  expect(await raise(another, { revision: 1, code: code() })).toMatchObject({
    status: 507,
    body: { code: 'COUNTER_FULL' },
  });
  expect((await read(another)).position).toBeNull();
  await raise(first, { revision: 2, code: code() }, [second]);
  expect((await raise(another, { revision: 1, code: code() })).status).toBe(200);
  expect((await read(first)).position).toMatchObject({ revision: 2 });
});

test.each<[string, string, unknown]>([
  ['no body of its shape', '/counter/read', {}],
  ['a history that is no UUID', '/counter/read', { history: '../keyring.json' }],
  ['a field more', '/counter/read', { history: randomUUID(), path: '/' }],
  ['a revision below zero', '/counter/raise', { revision: -1, code: code() }],
  ['a code of another length', '/counter/raise', { revision: 1, code: 'short' }],
  ['more histories that end than a request may name', '/counter/raise', undefined],
])('a request with %s is refused', async (_, path, input) => {
  const position = input ?? { revision: 1, code: code() };
  const ended = input ? [] : Array.from({ length: 65 }, () => randomUUID());
  const body = path === '/counter/read' ? input : { history: randomUUID(), position, ended };
  expect(await core.ask({ path, body })).toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST' } });
});

test('a damaged counter is not taken for an empty one: it fails with the file in the log, while texts are sealed', async () => {
  const history = randomUUID();
  await raise(history, { revision: 5, code: code() });
  await stop();
  writeFileSync(join(folder(), 'positions.json'), '{"version":1,"histories":[[');
  await start();
  const { status } = await core.ask({ path: '/counter/read', body: { history } });
  expect(status).toBe(500);
  expect((await raise(history, { revision: 1, code: code() })).status).toBe(500);
  expect(service.log.join('')).toMatch(/positions\.json is damaged.*accept-older/);
  const context = { userId: 'u', field: 'texts', edit: 0 };
  expect((await core.ask({ path: '/encrypt', body: { items: [{ text: 'halo', context }] } })).status).toBe(
    200,
  );
});
