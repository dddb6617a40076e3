import { chmodSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { DecryptAnswer, EncryptAnswer } from '../src/wire.ts';
import { coreClient } from './support/client.ts';
import { emptyKeys, freshKeys, type Keys } from './support/keys.ts';
import { type Child, portOf, run } from './support/process.ts';
import { BINDING } from './support/rings.ts';
import { startService } from './support/service.ts';

const children: Child[] = [];
let keys: Keys;

beforeAll(async () => {
  keys = await freshKeys();
});
afterEach(async () => {
  for (const { child, ended } of children.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
});
afterAll(() => keys.remove());

function start(program: string, env: Record<string, string> = {}, execArgv: string[] = []): Child {
  const child = run(program, { KEYS_DIR: keys.dir, CIPHER_PORT: '0', ...env }, execArgv);
  children.push(child);
  return child;
}

describe('starting cipher-service', () => {
  test('the service logs its address once and answers there', async () => {
    const service = start('src/main.ts');
    const core = coreClient(keys, await portOf(service));
    expect((await core.ask({ path: '/health' })).status).toBe(200);
    core.end();
    expect(service.output().trim().split('\n').length).toBe(1);
    expect(service.output()).toContain('"msg":"listening"');
  });

  test.each([
    ['CIPHER_PORT', '70000'],
    ['CIPHER_HOST', 'not a host'],
    ['CIPHER_HOST', '192.0.2.1'],
    ['KEYS_DIR', ' '],
    ['LOG_LEVEL', 'loud'],
  ])(
    '%s=%s ends the service with exit code 1 and one sentence that names the variable',
    async (name, value) => {
      const service = start('src/main.ts', { [name]: value });
      expect(await service.ended).toBe(1);
      expect(service.errors()).toMatch(new RegExp(`^${name} [^\n]*\\.\n$`));
      expect(service.output()).toBe('');
    },
  );

  test('a port in use ends the service with a sentence that names it', async () => {
    const first = await portOf(start('src/main.ts'));
    const second = start('src/main.ts', { CIPHER_PORT: `${first}` });
    expect(await second.ended).toBe(1);
    expect(second.errors()).toBe(`CIPHER_PORT ${first} on 127.0.0.1 cannot be listened on (EADDRINUSE).\n`);
  });

  test('without keys the service ends with a sentence that names the missing file and the remedy', async () => {
    const empty = emptyKeys();
    const service = start('src/main.ts', { KEYS_DIR: empty.dir });
    expect(await service.ended).toBe(1);
    expect(service.errors()).toBe(
      `${join(empty.dir, 'cipher', 'keyring.json')} cannot be read: run set-up first, as the user of this service.\n`,
    );
    empty.remove();
  });

  test('a keyring that other users may read, or a damaged one, ends the service with a sentence that names it', async () => {
    const own = await freshKeys();
    const keyring = join(own.dir, 'cipher', 'keyring.json');
    chmodSync(keyring, 0o644);
    const open = start('src/main.ts', { KEYS_DIR: own.dir });
    expect(await open.ended).toBe(1);
    expect(open.errors()).toBe(`${keyring} is open to other users (mode 644): make it 600.\n`);
    chmodSync(keyring, 0o600);
    writeFileSync(keyring, '{"version":1,"keys":[{"kid":"a","key":"geheim"}]}');
    const damaged = start('src/main.ts', { KEYS_DIR: own.dir });
    expect(await damaged.ended).toBe(1);
    expect(damaged.errors()).toBe(
      `${keyring} is damaged: it does not read as a keyring. Restore it from a backup.\n`,
    );
    own.remove();
  });
});

describe('set-up as a program', () => {
  test('set-up prints the created files, and the second time that all exist', async () => {
    const empty = emptyKeys();
    const first = start('src/setup.ts', { KEYS_DIR: empty.dir });
    expect(await first.ended).toBe(0);
    expect(first.output()).toMatch(/^Made cipher\/keyring\.json, .*core\/token\.key, core\/push\.key\.\n$/);
    const second = start('src/setup.ts', { KEYS_DIR: empty.dir });
    expect(await second.ended).toBe(0);
    expect([second.output(), second.errors()]).toEqual(['All keys are there.\n', '']);
    empty.remove();
  });

  test('set-up refuses an unusable folder with one sentence', async () => {
    const refused = start('src/setup.ts', { KEYS_DIR: ' ' });
    expect(await refused.ended).toBe(1);
    expect(refused.errors()).toBe('KEYS_DIR must name a folder.\n');
  });
});

describe('stopping cipher-service', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s ends the service with exit code 0, also with an idle keep-alive connection',
    async (signal) => {
      const service = start('src/main.ts');
      const core = coreClient(keys, await portOf(service));
      await core.ask({ path: '/health' });
      service.child.kill(signal);
      expect(await service.ended).toBe(0);
      core.end();
    },
  );

  test('the service ends when the process that started it is gone', async () => {
    const service = start('src/main.ts');
    await portOf(service);
    service.child.disconnect();
    expect(await service.ended).toBe(0);
  });

  test('a stop finishes requests in flight and refuses new ones', async () => {
    const service = start('src/main.ts');
    const port = await portOf(service);
    const core = coreClient(keys, port);
    const body = JSON.stringify({ items: [{ text: 'halo', context: BINDING }] });
    const req = request({ host: 'localhost', port, path: '/encrypt', method: 'POST', agent: core.agent });
    const answered = new Promise<string>((resolve, reject) => {
      req.on('error', reject);
      req.on('response', (res) => {
        expect(res.headers.connection).toBe('close');
        let text = '';
        res.on('data', (bytes: Buffer) => {
          text += bytes.toString();
        });
        res.on('end', () => resolve(text));
      });
    });
    req.setHeader('Content-Length', Buffer.byteLength(body));
    req.setHeader('Expect', '100-continue');
    req.flushHeaders();
    await new Promise((resolve) => req.once('continue', resolve));
    req.write(body.slice(0, 10));
    service.child.kill('SIGTERM');
    // A new connection for each attempt: a keep-alive one does not show whether new ones are accepted.
    const tryNewConnection = () => {
      const client = coreClient(keys, port);
      const outcome = client.ask({ path: '/health' }).then(
        () => 'answered',
        () => 'refused',
      );
      return outcome.finally(client.end);
    };
    await expect.poll(tryNewConnection).toBe('refused');
    expect(service.child.exitCode).toBe(null);
    req.end(body.slice(10));
    expect(JSON.parse(await answered)).toEqual({
      items: [{ v: 1, kid: expect.any(String), content: expect.any(String) }],
    });
    expect(await service.ended).toBe(0);
    core.end();
  });

  test('a request that never ends does not block a stop', async () => {
    const service = await startService(keys, 200);
    const core = coreClient(keys, service.port);
    const req = request({
      host: 'localhost',
      port: service.port,
      path: '/encrypt',
      method: 'POST',
      agent: core.agent,
    });
    const failed = new Promise((resolve) => req.once('error', resolve));
    req.setHeader('Expect', '100-continue');
    req.flushHeaders();
    await new Promise((resolve) => req.once('continue', resolve));
    await Promise.all([service.stop(), service.stop(), failed]);
    await expect(core.ask({ path: '/health' })).rejects.toThrow(/ECONNREFUSED/);
    core.end();
  });
});

test('an unhandled rejection ends the service with exit code 1, and its message is not logged', async () => {
  const accident = "process.once('SIGUSR2', () => Promise.reject(new TypeError('rahasia')))";
  const service = start('src/main.ts', {}, [`--import=data:text/javascript;base64,${btoa(accident)}`]);
  await portOf(service);
  service.child.kill('SIGUSR2');
  expect(await service.ended).toBe(1);
  expect(service.output()).toContain('"msg":"unhandledRejection"');
  expect(service.output()).toContain('TypeError');
  expect(service.output() + service.errors()).not.toContain('rahasia');
});

test('with a clock at 1970 set-up, sealing and opening work', async () => {
  const clock = `--import=${fileURLToPath(new URL('./support/clock-1970.ts', import.meta.url))}`;
  const old = emptyKeys();
  expect(await start('src/setup.ts', { KEYS_DIR: old.dir }, [clock]).ended).toBe(0);
  const { keys: dataKeys } = JSON.parse(old.read('cipher/keyring.json').toString()) as {
    keys: { created: number }[];
  };
  expect(dataKeys.map(({ created }) => new Date(created).getUTCFullYear())).toEqual([1970]);
  const service = start('src/main.ts', { KEYS_DIR: old.dir }, [clock]);
  const core = coreClient(old, await portOf(service));
  const context = { ...BINDING, timestamp: 0 };
  const sealed = await core.ask({ path: '/encrypt', body: { items: [{ text: 'halo', context }] } });
  const [row] = (sealed.body as EncryptAnswer).items;
  const opened = await core.ask({ path: '/decrypt', body: { items: [{ ...row, context }] } });
  expect((opened.body as DecryptAnswer).items).toEqual([{ text: 'halo' }]);
  expect(service.output()).toMatch(/"time":\d{1,6},/);
  core.end();
  old.remove();
});

describe('the health check of the container', () => {
  test('the health check succeeds while the service runs and fails when it has ended', async () => {
    const service = start('src/main.ts', { CIPHER_HOST: '0.0.0.0' });
    const port = `${await portOf(service)}`;
    const well = start('src/healthcheck.ts', { CIPHER_PORT: port, CIPHER_HOST: '0.0.0.0' });
    expect([await well.ended, well.errors()]).toEqual([0, '']);
    service.child.kill('SIGTERM');
    await service.ended;
    const gone = start('src/healthcheck.ts', { CIPHER_PORT: port });
    expect(await gone.ended).toBe(1);
    expect(gone.errors()).toMatch(/^The cipher is not healthy: .*ECONNREFUSED/);
  });

  test('the health check fails with a server of another CA', async () => {
    const other = await freshKeys();
    const impostor = await startService(other);
    const check = start('src/healthcheck.ts', { CIPHER_PORT: `${impostor.port}` });
    expect(await check.ended).toBe(1);
    expect(check.errors()).toMatch(/certificate/);
    await impostor.stop();
    other.remove();
  });
});
