import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiError } from '../../chat-core/src/errors.ts';
import { findProgram } from '../find-program.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (name: string) => readFileSync(join(ROOT, name), 'utf8');

describe('the balancer', () => {
  it('HAProxy, where it is installed, accepts its configuration', () => {
    const haproxy = findProgram('haproxy');
    if (!haproxy) return;
    const args = ['-c', '-f', join(ROOT, 'deploy/scale/haproxy.cfg')];
    const env = { ...process.env, CLIENT_PROXIES: '172.31.244.2' };
    const { status, stderr } = spawnSync(haproxy, args, { encoding: 'utf8', env });
    expect([status, stderr]).toEqual([0, expect.anything()]);
  });

  it('holds a request longer than a poll is held, and keeps no log of people', () => {
    const text = read('deploy/scale/haproxy.cfg');
    for (const side of ['client', 'server'])
      expect(Number(new RegExp(`timeout ${side} (\\d+)s`).exec(text)?.[1])).toBeGreaterThan(2 * 25);
    expect(text).not.toMatch(/option (http|tcp)log|^\s*log /m);
  });

  it('answers as the API does while no core is ready', () => {
    const [, body = ''] =
      /http-error status 503 .* string '(.*)'/.exec(read('deploy/scale/haproxy.cfg')) ?? [];
    expect(JSON.parse(body)).toEqual({ error: new ApiError('NOT_READY').message, code: 'NOT_READY' });
  });
});

const shellcheck = findProgram('shellcheck');

it.runIf(shellcheck)(
  'shellcheck, where it is installed, finds nothing in the programs of the compose file',
  () => {
    const files = ['scale/database.sh', 'scale/make-secrets.sh'].map((name) => join(ROOT, 'deploy', name));
    const { status, stdout } = spawnSync(shellcheck ?? '', files, { encoding: 'utf8' });
    expect([status, stdout]).toEqual([0, '']);
  },
);

const openssl = findProgram('openssl') ?? '';

describe.runIf(openssl)('make-secrets.sh', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bisik-scale-secrets-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const make = () =>
    spawnSync('sh', [join(ROOT, 'deploy/scale/make-secrets.sh'), join(folder, 'made')], { encoding: 'utf8' });
  const made = () =>
    Object.fromEntries(
      readdirSync(join(folder, 'made')).map((name) => [
        name,
        readFileSync(join(folder, 'made', name), 'utf8'),
      ]),
    );

  it('makes passwords and a certificate that names the database, in a folder of this user alone, and changes nothing when called again', () => {
    expect(make()).toMatchObject({ status: 0 });
    const first = made();
    expect(Object.keys(first).sort()).toEqual([
      'database-ca.pem',
      'database-password',
      'database-url',
      'database.key',
      'database.pem',
      'replication-password',
    ]);
    expect(statSync(join(folder, 'made')).mode & 0o777).toBe(0o700);
    expect(first['database-password']).toMatch(/^[0-9a-f]{48}\n$/);
    expect(first['database-url']).toContain(
      `:${first['database-password']?.trim()}@postgres-1:5432,postgres-2:5432/bisik?sslmode=verify-full`,
    );
    const names = spawnSync(
      openssl,
      ['x509', '-noout', '-ext', 'subjectAltName', '-in', join(folder, 'made/database.pem')],
      { encoding: 'utf8' },
    );
    expect(names.stdout).toContain('DNS:postgres-1, DNS:postgres-2');
    const chain = [
      'verify',
      '-CAfile',
      join(folder, 'made/database-ca.pem'),
      join(folder, 'made/database.pem'),
    ];
    expect(spawnSync(openssl, chain).status).toBe(0);
    expect(make()).toMatchObject({ status: 0, stdout: '' });
    expect(made()).toEqual(first);
  });

  it('goes on where an earlier call was cut', () => {
    make();
    const { 'database-password': password } = made();
    rmSync(join(folder, 'made/database-ca.pem'));
    writeFileSync(join(folder, 'made/database-url.unfinished'), 'cut');
    rmSync(join(folder, 'made/database-url'));
    expect(make().status).toBe(0);
    expect(made()['database-password']).toBe(password);
    expect(made()['database-url']).toContain(password?.trim());
    expect(existsSync(join(folder, 'made/database-url.unfinished'))).toBe(false);
  });
});
