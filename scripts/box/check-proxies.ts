/** nginx and Caddy in front of a core of this machine, with the configurations that docs/reverse-proxies.md shows. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CORE_OPTIONS } from '../../chat-core/src/node-options.ts';
import type { Delta, LoginAnswer, Message, Upload } from '../../chat-core/src/wire/wire.ts';
import { PASSWORD } from '../../chat-core/test/support/person.ts';
import { type Running, startService } from '../../chat-core/test/support/service.ts';
import { CIPHER_OPTIONS } from '../../cipher-service/src/node-options.ts';
import { freePort } from './box.ts';
import { machine, run, type Section, succeeds, waitFor } from './harness.ts';
import { askAt, NAME, type ProxyAnswer } from './proxy-client.ts';

const PAGE = 'docs/reverse-proxies.md';
/** Addresses of two clients: the proxies themselves call the core from 127.0.0.1. */
const [ONE, OTHER] = ['127.0.0.2', '127.0.0.3'];

type Proxy = { name: string; port: number; process: ChildProcess };

/** `onStart` receives what stops all that was started. */
export async function checkProxies(
  root: string,
  folder: string,
  onStart: (stop: () => Promise<unknown>) => void,
  section: Section,
): Promise<void> {
  const programs = await provide(folder);
  const own = mkdtempSync(join(folder, 'proxies-'));
  const services: Running[] = [];
  const proxies: Proxy[] = [];
  onStart(async () => {
    await Promise.all(proxies.map(({ process }) => stop(process)));
    for (const service of services.reverse()) await service.stop();
  });
  const core = await startCore(root, own, services);
  section.note(`${await run(programs.nginx, ['-v'])}; Caddy ${await run(programs.caddy, ['version'])}.`);
  const page = readFileSync(join(root, PAGE), 'utf8');
  for (const start of [startNginx, startCaddy]) {
    const proxy = await start(own, page, core, programs);
    proxies.push(proxy);
    await waitFor(
      () => askAt(proxy.port, ONE, '/health/ready').catch(() => undefined),
      (answer) => answer?.status === 200,
    );
    await checkProxy(proxy, section);
  }
}

/** Where the programs are. */
type Programs = { nginx: string; caddy: string };

/** The proxies of this machine, or unpacked packages: an installed one starts by itself, on port 80. */
async function provide(folder: string): Promise<Programs> {
  if (!(await succeeds('openssl', 'version'))) await machine('install', folder, 'openssl');
  const hasNginx = await succeeds('nginx', '-v');
  const hasCaddy = await succeeds('caddy', 'version');
  const missing = [...(hasNginx ? [] : ['nginx']), ...(hasCaddy ? [] : ['caddy'])];
  if (missing.length > 0) await machine('unpack', folder, ...missing);
  const unpacked = (path: string) => join(folder, 'unpacked', path);
  return {
    nginx: hasNginx ? 'nginx' : unpacked('usr/sbin/nginx'),
    caddy: hasCaddy ? 'caddy' : unpacked('usr/bin/caddy'),
  };
}

async function startCore(root: string, folder: string, services: Running[]): Promise<number> {
  const env = { KEYS_DIR: join(folder, 'keys'), DATA_DIR: join(folder, 'data'), LOG_LEVEL: 'info' };
  await run(process.execPath, ['cipher-service/src/setup.ts'], { cwd: root, env });
  const cipher = await startService('cipher-service', { ...env, CIPHER_PORT: '0' }, CIPHER_OPTIONS);
  services.push(cipher);
  const settings = {
    PORT: '0',
    CIPHER_PORT: String(cipher.port),
    TRUSTED_PROXIES: '127.0.0.1/32=X-Forwarded-For,::1/128=X-Forwarded-For',
    RATE_LIMITS: 'failures=3/600',
  };
  const core = await startService('chat-core', { ...env, ...settings }, CORE_OPTIONS);
  services.push(core);
  return core.port;
}

/** The only block of this language on the page, for a core at this port. */
function configuration(page: string, language: string, corePort: number): string {
  const [, block = ''] = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(page) ?? [];
  if (!block.includes('127.0.0.1:8080')) throw new Error(`${PAGE} has no configuration for ${language}.`);
  return block.replaceAll('127.0.0.1:8080', `127.0.0.1:${corePort}`);
}

async function startNginx(
  folder: string,
  page: string,
  corePort: number,
  { nginx }: Programs,
): Promise<Proxy> {
  const port = await freePort();
  const key = join(folder, 'name.key');
  const certificate = join(folder, 'name.pem');
  const subject = ['-subj', `/CN=${NAME}`, '-days', '1'];
  const files = ['-keyout', key, '-out', certificate];
  await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...subject, ...files]);
  const server = configuration(page, 'nginx', corePort)
    .replace('listen 443', `listen 127.0.0.1:${port}`)
    .replace(/ssl_certificate \S+;/, `ssl_certificate ${certificate};`)
    .replace(/ssl_certificate_key \S+;/, `ssl_certificate_key ${key};`);
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const places = kinds.map((kind) => `${kind}_temp_path ${join(folder, kind)};`).join('\n');
  const file = join(folder, 'nginx.conf');
  writeFileSync(
    file,
    `user root;\ndaemon off;\npid ${join(folder, 'nginx.pid')};\nerror_log stderr;\nworker_processes 1;
events {}\nhttp {\naccess_log off;\n${places}\n${server}}\n`,
  );
  const options = ['-e', 'stderr', '-c', file];
  await run(nginx, ['-t', ...options]);
  return { name: 'nginx', port, process: spawn(nginx, options, { stdio: 'ignore' }) };
}

async function startCaddy(
  folder: string,
  page: string,
  corePort: number,
  { caddy }: Programs,
): Promise<Proxy> {
  const [port, plain] = [await freePort(), await freePort()];
  const home = join(folder, 'caddy');
  mkdirSync(home);
  const file = join(home, 'Caddyfile');
  // Certificates of its own authority in place of a public one's.
  const options = `{
  admin off
  local_certs
  skip_install_trust
  default_bind 127.0.0.1
  http_port ${plain}
  https_port ${port}
  storage file_system ${home}
}\n`;
  writeFileSync(file, options + configuration(page, 'caddyfile', corePort));
  const env = { ...process.env, HOME: home, XDG_DATA_HOME: home, XDG_CONFIG_HOME: home };
  const child = spawn(caddy, ['run', '--adapter', 'caddyfile', '--config', file], { stdio: 'ignore', env });
  return { name: 'Caddy', port, process: child };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.kill()) await once(child, 'exit');
}

async function checkProxy({ name, port }: Proxy, { check }: Section): Promise<void> {
  const mark = randomBytes(4).toString('hex');
  const ask = (path: string, more = {}, address = ONE) => askAt(port, address, path, more);
  const logIn = (username: string, password: string, address = ONE, headers = {}) =>
    ask('/api/auth/login', { body: { username, password }, headers }, address);

  const people: { id: string; token: string; username: string }[] = [];
  for (const username of [`ani-${mark}`, `budi-${mark}`]) {
    await ask('/api/auth/register', { body: { username, password: PASSWORD } });
    const { id, token } = (await logIn(username, PASSWORD)).body as LoginAnswer;
    people.push({ id, token, username });
  }
  const [ani, budi] = people;
  if (!ani || !budi) throw new Error('No one is logged in.');
  await ask('/api/friends/add', { token: ani.token, body: { myId: ani.id, friendUsername: budi.username } });

  const { headers } = await ask('/api/box');
  const hsts = String(headers['strict-transport-security']);
  check(
    `${name}: a name that the box does not know is accepted, and https is asked for`,
    /^max-age=\d{8}/.test(hsts),
    hsts,
  );

  const first = await ask('/api/sync', { token: budi.token });
  if (first.status !== 200) throw new Error(`sync: ${first.status} ${first.bytes}`);
  const cursor = { 'Last-Event-ID': (first.body as Delta).cursor };
  const text = { senderId: ani.id, receiverId: budi.id, message: `lewat ${name}` };
  // Whichever of the two arrives first, the poll is answered with the message.
  const [answer, sent] = await Promise.all([
    ask('/api/sync?wait=20', { token: budi.token, headers: cursor }),
    ask('/api/chat/send', { token: ani.token, body: text }),
  ]);
  const came = answer.bytes.includes(text.message);
  check(`${name}: a held poll brings the message`, answer.status === 200 && came, String(answer.status));

  const { conversationId } = sent.body as Message;
  const file = randomBytes(700_000);
  const isSame = (await sendFile(ask, ani, conversationId, file)).equals(file);
  check(`${name}: a file goes up in parts and comes back`, isSame, `${file.length} bytes`);

  const guesses: number[] = [];
  for (let n = 0; n < 4; n++) guesses.push((await logIn(budi.username, `tebakan ${n}`)).status);
  check(
    `${name}: the guesses of one client are limited`,
    guesses.join() === '401,401,401,429',
    guesses.join(),
  );
  const forged = ['X-Forwarded-For', 'Forwarded', 'CF-Connecting-IP', 'X-Real-IP'].map((header) => [
    header,
    header === 'Forwarded' ? 'for=203.0.113.7' : '203.0.113.7',
  ]);
  const { status } = await logIn(budi.username, 'tebakan', ONE, Object.fromEntries(forged));
  check(`${name}: forged headers do not evade the limit`, status === 429, String(status));
  const other = await logIn(budi.username, PASSWORD, OTHER);
  check(`${name}: another client is not limited with it`, other.status === 200, String(other.status));
}

type Ask = (path: string, more?: object) => Promise<ProxyAnswer>;

/** Uploads a file, sends it in a message and downloads it. */
async function sendFile(
  ask: Ask,
  { id: senderId, token }: { id: string; token: string },
  conversationId: string,
  file: Buffer,
): Promise<Buffer> {
  const id = randomUUID();
  const input = { id, conversationId, name: 'a.bin', type: 'application/octet-stream', size: file.length };
  let { offset, maxPartBytes } = (await ask('/api/attachments', { token, body: input })).body as Upload;
  while (offset < file.length) {
    const body = file.subarray(offset, offset + maxPartBytes);
    const part = await ask(`/api/attachments/${id}?offset=${offset}`, { token, method: 'PUT', body });
    if (part.status !== 200) throw new Error(`upload: ${part.status} ${part.bytes}`);
    ({ offset, maxPartBytes } = part.body as Upload);
  }
  const body = { senderId, conversationId, message: '', attachments: [id], clientMessageId: randomUUID() };
  const { seq } = (await ask('/api/chat/send', { token, body })).body as Message;
  const path = `/api/conversations/${conversationId}/messages/${seq}/attachments/${id}`;
  return (await ask(path, { token })).bytes;
}
