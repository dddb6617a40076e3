import { lookup } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Box } from './box.ts';
import type { Engine } from './engine.ts';
import type { Transcript } from './transcript.ts';

const CIPHER_PORT = '8443';
const OUTSIDER = 'bisik-cipher';

/**
 * `node -e PROBE host port ms` prints the name in the certificate it is shown, the error's code, or TIMEOUT after so long.
 * An open connection alone proves nothing: packets that do not reach the cipher go to the internet, and some networks
 * answer there for any address.
 */
const PROBE = `const [host, port, ms] = process.argv.slice(1);
const end = (word) => { console.log(word); process.exit(); };
const socket = require('tls').connect({ host, port, rejectUnauthorized: false });
socket.on('secureConnect', () => end(socket.getPeerCertificate().subjectaltname ?? 'no certificate'));
socket.on('error', (error) => end(error.code));
setTimeout(end, Number(ms), 'TIMEOUT');`;
/** Timeouts where an answer is expected (a busy machine is slow) and where none is (the whole time is waited). */
const [EXPECTED_MS, UNEXPECTED_MS] = ['60000', '5000'];
const IS_CIPHER = /DNS:cipher-service/;

/** Only the core reaches the cipher (security.md T-NW1). */
export async function checkReach(engine: Engine, box: Box, { check }: Transcript): Promise<void> {
  const cipher = (await box.inspect('cipher-service')).NetworkSettings;
  const core = (await box.inspect('chat-core')).NetworkSettings;
  const names = Object.keys(cipher.Networks).join();
  check('the cipher is on the backend network alone', names === `${box.project}_backend`, names);
  const cipherAddress = cipher.Networks[`${box.project}_backend`]?.IPAddress ?? '';
  await checkContainers(engine, box, cipherAddress, check);
  const out = await box.inside('cipher-service', 'node', '-e', PROBE, '192.0.2.1', '443', UNEXPECTED_MS);
  check('the cipher has no way out', out === 'ENETUNREACH', out);

  const ports = JSON.stringify(cipher.Ports);
  check('no port of the cipher is published', !ports.includes('HostPort'), ports);
  checkRoutes(core.Networks[box.edge]?.IPAddress ?? '', cipherAddress, check);
  const name = await lookup('cipher-service').then(
    () => 'resolved',
    (error: NodeJS.ErrnoException) => error.code ?? 'failed',
  );
  check('the host does not know the name cipher-service', name !== 'resolved', name);

  const published = JSON.stringify(core.Ports['8080/tcp']);
  const expected = JSON.stringify([{ HostIp: '127.0.0.1', HostPort: String(box.port) }]);
  check('the core is published on 127.0.0.1 only', published === expected, published);
  const dialled = await Promise.all(otherAddresses().map((address) => dial(address, box.port)));
  check(
    'no other address of the host answers at that port',
    !dialled.includes('connected'),
    dialled.join(' '),
  );
}

async function checkContainers(engine: Engine, box: Box, cipher: string, check: Transcript['check']) {
  const third = async (network: string, ...command: string[]) =>
    (await engine.docker(['run', '--rm', '--user', '0', '--network', network, OUTSIDER, ...command])).out;
  const probe = (host: string, ms = EXPECTED_MS) => ['node', '-e', PROBE, host, CIPHER_PORT, ms];
  const networks = {
    backend: `${box.project}_backend`,
    edge: box.edge,
    'the default bridge': 'bridge',
  };

  for (const host of [cipher, 'cipher-service']) {
    const answers = [
      await box.inside('chat-core', ...probe(host)),
      await third(networks.backend, ...probe(host)),
    ];
    const answered = answers.every((answer) => IS_CIPHER.test(answer));
    check(`premise: inside backend ${host} answers the probe as the cipher`, answered, answers.join('; '));
  }
  const live = await third(networks.edge, 'wget', '-q', '-O', '-', 'http://chat-core:8080/health/live');
  check('premise: a third container on edge reaches the core', live.includes('live'), live);
  for (const where of ['edge', 'the default bridge'] as const) {
    for (const host of [cipher, 'cipher-service']) {
      const answer = await third(networks[where], ...probe(host, UNEXPECTED_MS));
      const isElsewhere = answer !== '' && !IS_CIPHER.test(answer);
      const seen =
        isElsewhere && answer.startsWith('DNS:') ? 'another machine answers, outside the box' : answer;
      check(`a third container on ${where} does not reach ${host}`, isElsewhere, seen);
    }
  }
}

/**
 * Compares routes instead of sending packets, which would leave the machine where there is no route. Linux uses the
 * narrowest route that covers an address.
 */
function checkRoutes(core: string, cipher: string, check: Transcript['check']): void {
  const [toCore, toCipher] = [deviceTo(core), deviceTo(cipher)];
  check('premise: the host has a route to the core’s bridge', toCore.startsWith('br-'), toCore);
  check(
    'the host has none to the cipher’s: such a packet takes the way to the internet',
    !toCipher.startsWith('br-'),
    toCipher,
  );
}

/** The device the kernel sends packets for this IPv4 address through, by /proc/net/route. */
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

function otherAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address);
}

function dial(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    const end = (word: string) => {
      socket.destroy();
      resolve(word);
    };
    socket
      .on('connect', () => end('connected'))
      .on('error', (error: NodeJS.ErrnoException) => end(error.code ?? ''));
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
    const body = JSON.stringify({ username: 'nobody-' + i, password: 'kopi-tubruk-pagi' });
    slowed += (await fetch(url + '/auth/login', { method: 'POST', headers, body })).status === 429;
  }
  console.log(slowed);
})(process.argv.slice(1));`;

/** CF-Connecting-IP is trusted only from cloudflared's address on edge (security.md T-IP1). */
export async function checkForgery(engine: Engine, box: Box, { check }: Transcript): Promise<void> {
  const flood = async (url: string, ...network: string[]) =>
    Number(await engine.runOnce(network, OUTSIDER, 'node', '-e', FLOOD, url, String(ATTEMPTS)));
  const edge = ['--network', box.edge];
  const tunnel = await flood('http://chat-core:8080', ...edge, '--ip', box.tunnelAddress);
  check(
    'from cloudflared’s address each visitor has a limit of their own',
    tunnel === 0,
    `${tunnel} slowed down`,
  );
  const other = await flood('http://chat-core:8080', ...edge);
  check(
    'from another address on edge the claim is not believed',
    other > 0,
    `${other} of ${ATTEMPTS} slowed down`,
  );
  const host = await flood(box.url, '--network', 'host');
  check('nor is it through the published port', host > 0, `${host} of ${ATTEMPTS} slowed down`);
}
