import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import request from 'supertest';
import { afterEach, expect, it } from 'vitest';
import { createSecurityLog } from '../src/audit/security-log.ts';
import { createLog } from '../src/log.ts';
import type { PushRequest } from '../src/push/push-client.ts';
import { VERSION } from '../src/watching/version.ts';
import type { BoxStatus, LoginAnswer } from '../src/wire/wire.ts';
import { atOnce, startApp, type TestApp } from './support/app.ts';

const PASSWORD = 'kopi-tubruk-pagi';
const KEYS = {
  p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
  auth: 'BTBZMqHH6r4Tts7J_aSIgg',
};
let server: Server | undefined;
afterEach(() => {
  server?.close();
  server = undefined;
});

/** An ntfy server; `bodies` are what it received. */
async function startNtfy(): Promise<{ url: string; bodies: string[] }> {
  const bodies: string[] = [];
  server = createServer(async (incoming, response) => {
    let body = '';
    for await (const piece of incoming) body += piece;
    bodies.push(body);
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/kotak`, bodies };
}

/** Registers a person, logs them in and subscribes their device. */
async function join({ app }: TestApp, username: string): Promise<string> {
  await request(app).post('/auth/register').send({ username, password: PASSWORD }).expect(200);
  const { body } = await request(app).post('/auth/login').send({ username, password: PASSWORD }).expect(200);
  const { token } = body as LoginAnswer;
  const endpoint = `https://push.example.org/${username}`;
  await request(app)
    .post('/push/subscribe')
    .auth(token, { type: 'bearer' })
    .send({ endpoint, keys: KEYS })
    .expect(200);
  return token;
}

it('an owner and the addresses of the operator get an alert and its end, and no other person does', async () => {
  const ntfy = await startNtfy();
  const pushed: PushRequest[] = [];
  const send = async (push: PushRequest) => {
    pushed.push(push);
    return { status: 201, retryAfter: 0 };
  };
  const securityLog = createSecurityLog(createLog('silent'), undefined);
  const test = await startApp({ ALERT_NTFY_URL: ntfy.url }, { push: { send, delay: atOnce }, securityLog });
  const owner = await join(test, 'ani');
  await join(test, 'budi');
  const asOwner = (path: string) => request(test.app).get(path).auth(owner, { type: 'bearer' });
  await request(test.app)
    .post('/owner/claim')
    .auth(owner, { type: 'bearer' })
    .send({ code: test.ownerCode })
    .expect(200);
  const { watcher } = test.watching;
  await watcher.tick();
  expect([pushed, ntfy.bodies]).toEqual([[], []]);

  await request(test.app)
    .post('/auth/login')
    .send({ username: 'budi', password: 'salah-sekali' })
    .expect(401);
  for (let n = 0; n < 49; n++) securityLog.record('login-failed');
  await watcher.tick();
  await expect.poll(() => pushed.length).toBeGreaterThan(0);
  await expect.poll(() => ntfy.bodies.length).toBe(1);
  expect(pushed.map(({ endpoint }) => endpoint)).toEqual(['https://push.example.org/ani']);
  expect(ntfy.bodies[0]).toContain('Many logins were refused.');
  const { body } = await asOwner('/owner/box').expect(200);
  const status = body as BoxStatus;
  expect(status.version).toBe(VERSION);
  expect(status.alerts).toEqual([{ code: 'logins', since: expect.any(Number) }]);
  expect(status).toMatchObject({
    heldPolls: 0,
    tunnel: 'none',
    clock: { trusted: true },
    cipher: { reachable: true },
  });

  for (let n = 0; n < 11; n++) await watcher.tick();
  await expect.poll(() => [pushed.length, ntfy.bodies.length]).toEqual([2, 2]);
  expect(ntfy.bodies[1]).toContain('Resolved: refused logins.');
  expect(((await asOwner('/owner/box')).body as BoxStatus).alerts).toEqual([]);
  expect(test.watching.pushes.outcomes.accepted).toBe(2);
  test.endPolls();
});
