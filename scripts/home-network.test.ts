import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findProgram } from './find-program.ts';

const home = fileURLToPath(new URL('../deploy/home/', import.meta.url));
const NAME = 'bisik.local';

/** Runs the script; its exit code and what it said. */
function make(folder: string, args: string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync('sh', [join(home, 'make-certificate.sh'), folder, ...args], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, ...env },
  });
  return { status, output: stdout + stderr };
}

/** What a client that trusts the authority says of a server with this certificate, under this name. */
async function handshake(folder: string, file: string, servername: string): Promise<string> {
  const read = (name: string) => readFileSync(join(folder, name));
  const server = createServer({ key: read('server.key'), cert: read(file) }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = connect({ host: '127.0.0.1', port, servername, ca: read('authority.pem') });
  const said = await new Promise<string>((done) => {
    socket.on('secureConnect', () => done('trusted'));
    socket.on('error', (error: NodeJS.ErrnoException) => done(`${error.code} ${error.message}`));
  });
  socket.destroy();
  server.close();
  return said;
}

describe.runIf(findProgram('openssl'))('the certificate of the home network', () => {
  let folder: string;
  const certificate = (name: string) => new X509Certificate(readFileSync(join(folder, name)));
  beforeAll(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'bisik-home-')), 'home');
    expect(make(folder, [NAME, '192.168.1.10'])).toMatchObject({ status: 0 });
  });
  afterAll(() => rmSync(join(folder, '..'), { recursive: true }));

  it('is trusted for its name and address by who trusts the authority, for less than 398 days', async () => {
    expect(await handshake(folder, 'server.pem', NAME)).toBe('trusted');
    const server = certificate('server.pem');
    expect(server.subjectAltName).toBe(`DNS:${NAME}, IP Address:192.168.1.10`);
    const days = (Date.parse(server.validTo) - Date.parse(server.validFrom)) / 86_400_000;
    expect(days).toBeLessThan(398);
    expect(await handshake(folder, 'server.pem', 'other.local')).toContain('ERR_TLS_CERT_ALTNAME_INVALID');
  });

  it.each([
    ['another site', 'DNS:chat.example.org', 'chat.example.org'],
    ['another name at home', 'DNS:router.local', 'router.local'],
    ['another address', 'IP:192.168.1.1', '192.168.1.1'],
  ])('a thief of the authority can certify no %s: devices refuse it', async (_, subject, name) => {
    const extensions = join(folder, 'forged.ext');
    writeFileSync(extensions, `subjectAltName=${subject}\nextendedKeyUsage=serverAuth\n`);
    const forge = `openssl req -new -key server.key -subj "/CN=${name}" | openssl x509 -req -CA authority.pem -CAkey authority.key -days 1 -extfile forged.ext -out forged.pem`;
    expect(spawnSync('sh', ['-c', forge], { cwd: folder }).status).toBe(0);
    const servername = name.startsWith('192') ? '' : name;
    expect(await handshake(folder, 'forged.pem', servername)).toMatch(/permitted subtree violation/i);
  });

  it('stays when the script is repeated, and is renewed by the same authority when it ends within 60 days', async () => {
    const before = ['authority.pem', 'server.pem'].map((name) => readFileSync(join(folder, name), 'utf8'));
    const read = () =>
      ['authority.pem', 'server.pem'].map((name) => readFileSync(join(folder, name), 'utf8'));
    expect(make(folder, [NAME, '192.168.1.10']).output).not.toContain('A new certificate');
    expect(read()).toEqual(before);
    const short = join(folder, '..', 'short');
    expect(make(short, [NAME], { CERTIFICATE_DAYS: '59' }).status).toBe(0);
    const authority = readFileSync(join(short, 'authority.pem'), 'utf8');
    expect(make(short, [NAME]).output).toContain('A new certificate');
    expect(readFileSync(join(short, 'authority.pem'), 'utf8')).toBe(authority);
    expect(await handshake(short, 'server.pem', NAME)).toBe('trusted');
  });

  it('keeps its keys from others, and the page on trust shows the fingerprint of the authority in both languages', () => {
    for (const name of ['authority.key', 'server.key'])
      expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    const page = readFileSync(join(folder, 'trust/index.html'), 'utf8');
    const { fingerprint256 } = certificate('authority.pem');
    expect(page.split(fingerprint256)).toHaveLength(3);
    expect(page).not.toContain('{{');
    expect(page).not.toContain('<script');
    const given = new X509Certificate(readFileSync(join(folder, 'trust/bisik.crt')));
    expect(given.fingerprint256).toBe(fingerprint256);
  });

  it('is refused for names of the internet, foreign addresses, and other names than before', () => {
    const other = join(folder, '..', 'other');
    for (const name of ['chat.example.org', 'local', 'A.local', '-x.local', 'x;y.local'])
      expect([name, make(other, [name]).status]).toEqual([name, 1]);
    for (const address of [
      '203.0.113.7',
      '172.15.0.1',
      '192.168.1',
      '10.1.2',
      '192.168.1.2.3',
      '10.0.0.256',
      '10.0.0.01',
      '10.0.0.1\nx',
      'bisik',
    ])
      expect([address, make(other, [NAME, address]).status]).toEqual([address, 1]);
    expect(make(folder, ['kotak.local']).output).toContain('needs another folder');
    expect(make(folder, []).status).toBe(2);
  });
});
