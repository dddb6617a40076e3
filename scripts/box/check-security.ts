/** Who reaches the services, what each container may do, and what the data volume reveals. */
import { lookup } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type Box, type Journey, SERVICES, type Service } from './box.ts';
import { docker, type Section, tryRun } from './harness.ts';

/** Any image serves as a third container; this one has Node. */
const OUTSIDER = 'bisik-cipher';

/** The data volume reveals who wrote to whom and when, never what (security.md T-SC1). */
export async function checkStored(box: Box, journey: Journey, { note, show, check }: Section) {
  const { sent, canary, writer } = journey;
  const volume = ['--user', '0', '--network', 'none', '--volume', `${box.project}_data:/data:ro`];
  const readVolume = (script: string) => docker('run', '--rm', ...volume, OUTSIDER, 'sh', '-c', script);
  const everything = await readVolume('find /data -type f -exec cat {} +');
  const row = new RegExp(`\\{[^{}]*"id":\\s*"${sent.id}"[^{}]*\\}`).exec(everything)?.[0] ?? '';
  note(`The message \`${canary}\` as it is stored: \`${row.replaceAll(canary, '(PLAINTEXT)')}\``);
  const content = /"content":\s*"([A-Za-z0-9+/=]+)"/.exec(row)?.[1] ?? '';
  const bytes = Buffer.from(content, 'base64').length;
  const expected = 12 + Buffer.byteLength(canary) + 16;
  check('premise: the volume holds the message', row !== '', `${everything.length} bytes in all`);
  check(
    'the stored content is nonce ‖ ciphertext ‖ tag',
    bytes === expected,
    `${bytes} bytes, ${expected} expected`,
  );

  const logs = `${await box.logs('chat-core')}${await box.logs('cipher-service')}`;
  check('premise: both services wrote a log', logs.includes('chat-core') && logs.includes('cipher'));
  const secrets = { text: canary, password: writer.password, token: writer.token };
  for (const [name, secret] of Object.entries(secrets)) {
    const bytes = Buffer.from(secret);
    const forms = [secret, bytes.toString('base64').slice(0, -4), bytes.toString('hex')];
    const found = forms.filter((form) => everything.includes(form) || logs.includes(form));
    check(`no ${name} is in the data or in a log, plain, as base64 or as hex`, found.length === 0);
  }
  show(await readVolume('find /data -type f -exec stat -c "%a %u %n" {} +'));
}

/**
 * `node -e PROBE host port ms` prints the name in the certificate that answers, the error's code, or TIMEOUT after so
 * long. An open connection alone proves nothing: packets that do not reach the cipher go to the internet, and some
 * networks answer there for any address.
 */
const PROBE = `const [host, port, ms] = process.argv.slice(1);
const end = (word) => { console.log(word); process.exit(); };
const socket = require('tls').connect({ host, port, rejectUnauthorized: false });
socket.on('secureConnect', () => end(socket.getPeerCertificate().subjectaltname ?? 'no certificate'));
socket.on('error', (error) => end(error.code));
setTimeout(end, Number(ms), 'TIMEOUT');`;
/** Timeouts where an answer is expected (a busy machine is slow) and where none is (the probe takes all of it). */
const [EXPECTED_MS, UNEXPECTED_MS] = ['60000', '5000'];
const IS_CIPHER = /DNS:cipher-service/;
const probe = (host: string, ms: string, port = '8443') => ['node', '-e', PROBE, host, port, ms];

/** Only the core reaches the cipher (security.md T-NW1). */
export async function checkReach(box: Box, { check }: Section): Promise<void> {
  const cipher = (await box.inspect('cipher-service')).NetworkSettings;
  const core = (await box.inspect('chat-core')).NetworkSettings;
  const backend = `${box.project}_backend`;
  const names = Object.keys(cipher.Networks).join();
  check('the cipher is on the backend network alone', names === backend, names);
  const address = cipher.Networks[backend]?.IPAddress ?? '';
  await checkContainers(box, backend, [address, 'cipher-service'], check);
  const out = await box.inside('cipher-service', ...probe('192.0.2.1', UNEXPECTED_MS, '443'));
  check('the cipher has no way out', out === 'ENETUNREACH', out);

  const ports = JSON.stringify(cipher.Ports);
  check('no port of the cipher is published', !ports.includes('HostPort'), ports);
  // Routes are compared instead of sending packets, which would leave the machine where there is no route.
  const toCore = deviceTo(core.Networks[box.edge]?.IPAddress ?? '');
  const toCipher = deviceTo(address);
  check('premise: the host has a route to the core’s bridge', toCore.startsWith('br-'), toCore);
  check('the host has no route to the cipher’s bridge', !toCipher.startsWith('br-'), toCipher);
  const name = await lookup('cipher-service').then(
    () => 'resolved',
    (error: NodeJS.ErrnoException) => error.code ?? 'failed',
  );
  check('the host does not know the name cipher-service', name !== 'resolved', name);

  const published = JSON.stringify(core.Ports['8080/tcp']);
  const expected = JSON.stringify([{ HostIp: '127.0.0.1', HostPort: String(box.port) }]);
  check('the core is published on 127.0.0.1 only', published === expected, published);
  const others = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal);
  const results = await Promise.all(others.map(({ address }) => connectTo(address, box.port)));
  const answered = results.includes('connected');
  check('no other address of the host answers at that port', !answered, results.join(' '));
}

async function checkContainers(box: Box, backend: string, hosts: string[], check: Section['check']) {
  const third = async (network: string, ...command: string[]) =>
    (await tryRun('docker', ['run', '--rm', '--user', '0', '--network', network, OUTSIDER, ...command]))
      .output;
  const fromBackend = hosts.map(async (host) => {
    const fromCore = box.inside('chat-core', ...probe(host, EXPECTED_MS));
    return [await fromCore, await third(backend, ...probe(host, EXPECTED_MS))];
  });
  const outsiders = Object.entries({ edge: box.edge, 'the default bridge': 'bridge' }).flatMap(
    ([place, network]) =>
      hosts.map(async (host) => ({
        place,
        host,
        answer: await third(network, ...probe(host, UNEXPECTED_MS)),
      })),
  );
  for (const [index, answers] of (await Promise.all(fromBackend)).entries()) {
    const isCipher = answers.every((answer) => IS_CIPHER.test(answer));
    check(
      `premise: inside backend ${hosts[index]} answers the probe as the cipher`,
      isCipher,
      answers.join('; '),
    );
  }
  const live = await third(box.edge, 'wget', '-q', '-O', '-', 'http://chat-core:8080/health/live');
  check('premise: a third container on edge reaches the core', live.includes('live'), live);
  for (const { place, host, answer } of await Promise.all(outsiders)) {
    const isAnother = answer !== '' && !IS_CIPHER.test(answer);
    const isOutside = isAnother && answer.startsWith('DNS:');
    const seen = isOutside ? 'another machine answers, outside the box' : answer;
    check(`a third container on ${place} does not reach ${host}`, isAnother, seen);
  }
}

/** The device the kernel sends packets for this IPv4 address through: the narrowest fitting route of /proc/net/route. */
function deviceTo(address: string): string {
  const number = (text: string) => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const little = (hex: string) => Number.parseInt(hex.match(/../g)?.reverse().join('') ?? '0', 16);
  const fitting = readFileSync('/proc/net/route', 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'))
    .map(([device = '', to = '', , , , , , mask = '']) => ({ device, to: little(to), mask: little(mask) }))
    .filter(({ to, mask }) => (BigInt(number(address)) & BigInt(mask)) === BigInt(to));
  return fitting.sort((a, b) => b.mask - a.mask)[0]?.device ?? 'none';
}

function connectTo(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    const end = (word: string) => {
      socket.destroy();
      resolve(word);
    };
    socket.on('connect', () => end('connected'));
    socket.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? ''));
    socket.setTimeout(3000, () => end('TIMEOUT'));
  });
}

/** More log-ins than one address may attempt within ten minutes. */
const ATTEMPTS = 70;

/** `node -e FLOOD url attempts`: each log-in claims another address; prints how many were slowed down. */
const FLOOD = `(async ([url, attempts]) => {
  let slowed = 0;
  for (let i = 1; i <= attempts; i += 1) {
    const headers = { 'Content-Type': 'application/json', 'CF-Connecting-IP': '203.0.113.' + i };
    const body = JSON.stringify({ username: 'unknown-' + i, password: 'kopi-tubruk-pagi' });
    slowed += (await fetch(url + '/auth/login', { method: 'POST', headers, body })).status === 429;
  }
  console.log(slowed);
})(process.argv.slice(1));`;

/** CF-Connecting-IP is trusted only from cloudflared's address on edge (security.md T-IP1). */
export async function checkForgery(box: Box, { check }: Section): Promise<void> {
  const flood = async (url: string, ...network: string[]) =>
    Number(
      await docker('run', '--rm', '--network', ...network, OUTSIDER, 'node', '-e', FLOOD, url, `${ATTEMPTS}`),
    );
  const inEdge = 'http://chat-core:8080';
  const tunnel = await flood(inEdge, box.edge, '--ip', box.tunnelAddress);
  const other = await flood(inEdge, box.edge);
  const host = await flood(box.url, 'host');
  const slowed = (count: number) => `${count} of ${ATTEMPTS} slowed down`;
  check('from cloudflared’s address each visitor has an own limit', tunnel === 0, slowed(tunnel));
  check('from another address on edge the claimed address is not trusted', other > 0, slowed(other));
  check('through the published port the claimed address is not trusted', host > 0, slowed(host));
}

const MOUNTS: Record<Service | 'setup', string[]> = {
  setup: ['cipher-keys:/keys/cipher:rw', 'core-keys:/keys/core:rw', 'data:/data:ro'],
  'cipher-service': ['cipher-counter:/keys/cipher/counter:rw', 'cipher-keys:/keys/cipher:ro'],
  'chat-core': ['core-keys:/keys/core:ro', 'data:/data:rw'],
};
const MEMORY_MIB = { 'chat-core': 768, 'cipher-service': 192 };

/** A compromised service can do little (security.md T-CF1). */
export async function checkConfinement(box: Box, { check }: Section): Promise<void> {
  for (const service of ['setup', ...SERVICES] as const) {
    const { Mounts } = await box.inspect(service);
    const seen = Mounts.map(({ Type, Name = '', Source, Destination, RW }) => {
      const what = Type === 'volume' ? Name.replace(`${box.project}_`, '') : `${Type} of ${Source}`;
      return `${what}:${Destination}:${RW ? 'rw' : 'ro'}`;
    }).sort();
    const isExpected = seen.join() === MOUNTS[service].join();
    check(`${service} mounts what it needs and no more`, isExpected, seen.join(' '));
  }
  for (const service of SERVICES) await checkProcess(box, service, check);
  await checkKeys(box, check);
  const search = ['sh', '-c', 'find /keys /data -type f | wc -l'];
  const files = await docker('run', '--rm', '--user', '0', '--network', 'none', 'bisik-core', ...search);
  check('a third container, root in itself, sees no key and no data', files === '0', `${files} files`);
}

async function checkProcess(box: Box, service: Service, check: Section['check']): Promise<void> {
  const status = await box.inside(service, 'cat', `/proc/${await box.mainPid(service)}/status`);
  const field = (name: string) => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status)?.[1] ?? 'none';
  check(`${service} runs as uid 1000`, field('Uid') === '1000', field('Uid'));
  const sets = ['CapEff', 'CapPrm', 'CapBnd'].map(field);
  const areEmpty = sets.every((set) => /^0+$/.test(set));
  check(`${service} has no capability`, areEmpty, sets.join(' '));
  check(`${service} can gain no privilege`, field('NoNewPrivs') === '1', `NoNewPrivs ${field('NoNewPrivs')}`);
  const write = await box.inside(service, 'touch', '/app/planted');
  check(`${service} cannot write its own program`, write.includes('Read-only file system'), write);
  const limit = (await box.inspect(service)).HostConfig.Memory / 2 ** 20;
  const expected = MEMORY_MIB[service];
  check(`${service} may use ${expected} MiB of memory`, limit === expected, `${limit} MiB`);
  const search = 'for t in npm npx yarn gcc g++ make python3; do command -v $t; done';
  const tools = await box.inside(service, 'sh', '-c', search);
  check(`${service} has no package manager and no compiler`, tools === '', tools || 'none found');
}

async function checkKeys(box: Box, check: Section['check']): Promise<void> {
  const files = (service: Service, folder: string) =>
    box.inside(service, 'sh', '-c', `find ${folder} -type f | sort`);
  const cipher = await files('cipher-service', '/keys/cipher');
  const core = await files('chat-core', '/keys/core');
  const haveKeys = cipher.includes('keyring') && core.includes('token');
  check('premise: each has keys of its own', haveKeys, `${cipher} ${core}`);
  const foreign = `${await files('chat-core', '/keys/cipher')}${await files('cipher-service', '/keys/core /data')}`;
  check(
    'the core sees no key of the cipher, the cipher no key of the core and no data',
    foreign === '',
    foreign || 'nothing there',
  );
  const listModes = 'stat -c %a /keys/cipher /keys/cipher/* | sort -u';
  const modes = await box.inside('cipher-service', 'sh', '-c', listModes);
  check('key files have mode 0600 in folders of mode 0700', modes === '600\n700', modes);
}
