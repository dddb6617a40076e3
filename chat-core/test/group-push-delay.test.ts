import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { startApp, type TestApp } from './support/app.ts';
import { type Client, signUp } from './support/client.ts';
import { befriend, createGroup, send } from './support/groups.ts';
import { newBrowser, startPushService } from './support/push-service.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

let service: Awaited<ReturnType<typeof startPushService>>;
let app: TestApp;
let people: [Client, Client, Client];
let delays: (() => void)[];
beforeAll(async () => {
  service = await startPushService();
});
afterAll(() => service.stop());
beforeEach(async () => {
  service.forget();
  delays = [];
  const delay = (work: () => void) => {
    delays.push(work);
    return () => {};
  };
  app = await startApp({}, { push: { send: service.send, delay } });
  people = [await signUp(app, 'ani'), await signUp(app, 'budi'), await signUp(app, 'citra')];
  for (const friend of people.slice(1)) await befriend(people[0], friend);
});

test('the pushes of a group wait in one delay, and a message that follows adds its receivers to it', async () => {
  const [ani, budi, citra] = people;
  for (const [name, client] of Object.entries({ ani, budi, citra })) {
    const { status } = await client.post('/push/subscribe', newBrowser(name).subscription);
    expect(status).toBe(200);
  }
  const id = await createGroup(ani, [budi, citra]);
  await send(ani, id, 'Sudah sampai?');
  await send(budi, id, 'Sebentar lagi');
  expect(delays).toHaveLength(1);
  for (const end of delays) end();
  await service.come(2);
  expect(service.arrived.map(({ path }) => path).sort()).toEqual(['/push/ani', '/push/citra']);
  await send(citra, id, 'Aku juga');
  expect(delays).toHaveLength(2);
});
