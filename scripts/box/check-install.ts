/** `./bisik` on a machine that has only that file and the images: install, use, tunnel, uninstall. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runJourney } from './box.ts';
import {
  docker,
  machine,
  type Outcome,
  type Section,
  stopwatch,
  succeeds,
  tryRun,
  waitFor,
} from './harness.ts';

/** A box in a folder of its own, beside others on this engine. */
export type InstalledBox = {
  folder: string;
  project: string;
  images: Images;
  /** Runs `./bisik` there, without a terminal; a failure is an outcome. */
  bisik(...args: string[]): Promise<Outcome>;
  /** Runs `docker compose` in the folder. @throws Error when it fails */
  compose(...args: string[]): Promise<string>;
  container(service: string): string;
  /** The value in `.env`. */
  setting(name: string): string | undefined;
  remove(): Promise<unknown>;
};

/** What the services run, as the first lines of `bisik` name it. */
export type Images = { core: string; cipher: string };

/** @param shell the words that start the shell, such as `['busybox', 'sh']` */
export function openInstalledBox(
  root: string,
  parent: string,
  name: string,
  images: Images,
  shell = ['sh'],
): InstalledBox {
  const folder = join(parent, name);
  mkdirSync(folder);
  const script = readFileSync(join(root, 'bisik'), 'utf8')
    .replace(/^CORE_IMAGE=.*$/m, `CORE_IMAGE=${images.core}`)
    .replace(/^CIPHER_IMAGE=.*$/m, `CIPHER_IMAGE=${images.cipher}`);
  writeFileSync(join(folder, 'bisik'), script);
  const project = `bisik-${name}-${process.pid}`;
  const [program = 'sh', ...words] = shell;
  const bisik: InstalledBox['bisik'] = (...args) =>
    tryRun(program, [...words, './bisik', ...args], { cwd: folder });
  const compose: InstalledBox['compose'] = async (...args) => {
    const { code, output } = await tryRun('docker', ['compose', '--progress', 'quiet', ...args], {
      cwd: folder,
    });
    if (code !== 0) throw new Error(`docker compose ${args.join(' ')}: ${output}`);
    return output;
  };
  return {
    folder,
    project,
    images,
    bisik,
    compose,
    container: (service) => `${project}-${service}-1`,
    setting: (wanted) =>
      new RegExp(`^${wanted}=(.*)$`, 'm').exec(readFileSync(join(folder, '.env'), 'utf8'))?.[1],
    remove: () => bisik('uninstall', '--data', '--yes'),
  };
}

const linkOf = (output: string) => /(http\S+)\/#\/invite\/(\w+)/.exec(output);

/** shellcheck on the scripts of the box. */
export async function checkScripts(root: string, folder: string, { check }: Section): Promise<void> {
  if (!(await succeeds('shellcheck', '--version'))) await machine('install', folder, 'shellcheck');
  const scripts = ['bisik', ...readdirSync(join(root, 'box')).map((name) => `box/${name}`)];
  const { code, output } = await tryRun(
    'shellcheck',
    ['--shell=sh', '--severity=warning', '--exclude=SC2034', ...scripts],
    { cwd: root },
  );
  check('shellcheck finds nothing in bisik and box/*.sh', code === 0, output || scripts.join(' '));
}

/** From an empty folder to a message, an interrupted install, and the end of the box. */
export async function checkInstall(box: InstalledBox, section: Section): Promise<void> {
  const { note, check, show } = section;
  const seconds = stopwatch();
  const installed = await box.bisik('install', '--yes', '--set', `COMPOSE_PROJECT_NAME=${box.project}`);
  note(`\`./bisik install\`, with the images there and new keys, took ${seconds()}.`);
  show(installed.output);
  check('one command installs a box in a folder that holds only the script', installed.code === 0);
  const [, address = '', first] = linkOf(installed.output) ?? [];
  check(
    'it prints a link for the first person, with its QR code',
    installed.output.includes('█▀▀▀▀▀█'),
    address,
  );
  const page = await fetch(address);
  const type = page.headers.get('content-type') ?? '';
  check('the link opens the page at once', page.ok && type.startsWith('text/html'), `${page.status} ${type}`);
  const invited = await box.bisik('invite', '--uses', '2');
  const journey = await runJourney(address, linkOf(invited.output)?.[2]);
  check('people with a link of ./bisik invite write to each other', journey.sent.seq === 1, journey.sent.id);
  check('the first link is another one', first !== undefined && first !== linkOf(invited.output)?.[2]);

  const file = join(box.folder, '.env');
  const before = readFileSync(file, 'utf8');
  const mode = (statSync(file).mode & 0o777).toString(8);
  check('.env is readable by its owner alone', mode === '600', mode);
  const owner = await box.bisik('owner');
  check(
    './bisik owner prints the code that makes the first owner',
    /([A-Z0-9]{4}-){3}/.test(owner.output),
    '',
  );
  const named = await box.bisik('owner', 'no-such-person');
  check('it ends with 1 where it could not do so', named.code === 1, named.output);
  const names = readdirSync(box.folder).sort();
  const expected = ['.env', 'bisik', 'box', 'docker-compose.oidc.yml', 'docker-compose.passphrase.yml'];
  const files = [...expected, 'docker-compose.yml', 'tunnel'];
  check(
    'the folder holds settings, compose files and scripts',
    names.join() === files.join(),
    names.join(' '),
  );
  const text = readFileSync(join(box.folder, 'docker-compose.yml'), 'utf8');
  check('the compose file that the image brings builds nothing', !/^\s*build:/m.test(text));

  await box.compose('rm', '--stop', '--force', 'chat-core');
  const again = await box.bisik('install', '--yes');
  check('an install that was interrupted continues', again.code === 0, again.output.split('\n')[0]);
  check('and changes no setting', readFileSync(file, 'utf8') === before);
  const read = () =>
    journey.reader.get(`/chat/history?myId=${journey.reader.id}&friendId=${journey.writer.id}`);
  check('nor a message', (await read()).status === 200);

  const status = await box.bisik('status');
  check(
    'status says that messages can be sent',
    status.code === 0 && status.output.includes(address),
    status.output,
  );
  await checkTrial(box, section);
  await checkTunnel(box, section);
  await checkEnd(box, section, read);
}

/** Stands in for cloudflared, whose image cannot be pulled everywhere: ready with a token of the letter g. */
const FAKE = `const { readFileSync } = require('node:fs');
const { createServer } = require('node:http');
const args = process.argv.slice(2).join(' ');
process.on('SIGTERM', () => process.exit());
if (args.includes('--url')) {
  fetch(args.split(' ').at(-1) + '/health/ready').then(({ ok }) => console.log('https://four-random-words-' + ok + '.trycloudflare.com'));
  createServer().listen(20241);
  return;
}
console.log(args, process.env.TUNNEL_TOKEN_FILE, readFileSync('/etc/cloudflared/config.yml', 'utf8'));
const file = process.env.TUNNEL_TOKEN_FILE ?? '/etc/cloudflared/credentials.json';
const isGood = readFileSync(file, 'utf8').includes('gggg');
createServer((_, response) => response.writeHead(isGood ? 200 : 503).end()).listen(20241);`;

/** The name that the compose file has for cloudflared. */
export const FAKED_IMAGE =
  /image: (cloudflare\S+)/.exec(
    readFileSync(new URL('../../docker-compose.yml', import.meta.url), 'utf8'),
  )?.[1] ?? '';

/** Builds the stand-in under that name. */
export async function buildFakeTunnel(folder: string, { cipher }: Images): Promise<void> {
  const context = join(folder, 'fake-tunnel');
  mkdirSync(context);
  writeFileSync(join(context, 'fake.js'), FAKE);
  chmodSync(join(context, 'fake.js'), 0o644);
  writeFileSync(
    join(context, 'Dockerfile'),
    `FROM ${cipher}\nCOPY fake.js /fake.js\nUSER 65532\nENTRYPOINT ["node", "/fake.js"]\n`,
  );
  await docker('build', '-q', '-t', FAKED_IMAGE, context);
}

async function checkTunnel(box: InstalledBox, { check }: Section): Promise<void> {
  const token = join(box.folder, 'token.txt');
  writeFileSync(token, `${'g'.repeat(180)}\n`);
  const on = await box.bisik('tunnel', '--token-file', token, '--address', 'https://chat.example.org');
  check('./bisik tunnel with a token connects it', on.output.includes('tunnel is connected'), on.output);
  const seen = await docker('logs', box.container('cloudflared'));
  const isRun = seen.startsWith('tunnel --no-autoupdate --metrics 0.0.0.0:20241 --config');
  check('cloudflared gets the token as a file', isRun && seen.includes(' /etc/cloudflared/token '), seen);
  const inspected = await docker('inspect', box.container('cloudflared'));
  check('and the token is in no variable and no command line', !inspected.includes('gggg'));
  const { uid, mode } = statSync(join(box.folder, 'tunnel', 'token'));
  check(
    'its file belongs to cloudflared alone',
    uid === 65532 && (mode & 0o777) === 0o400,
    `${uid} ${mode & 0o777}`,
  );
  const link = linkOf((await box.bisik('invite')).output)?.[1];
  check('invitations name the address of the tunnel', link === 'https://chat.example.org', link);

  writeFileSync(token, `${'w'.repeat(180)}\n`);
  const wrong = await box.bisik('tunnel', '--token-file', token, '--address', 'https://chat.example.org');
  const doctor = await box.bisik('doctor');
  check('a wrong token is named', wrong.code === 1 && wrong.output.includes('NOT connected'), wrong.output);
  check(
    'doctor finds a tunnel that is not connected',
    doctor.output.includes('✗ The tunnel is not connected'),
  );

  const credentials = join(box.folder, 'credentials.txt');
  writeFileSync(credentials, '{"AccountTag":"gggg","TunnelID":"6ff42ae2-765d-4adf-8112-31c55c1551ef"}');
  const other = await box.bisik(
    'tunnel',
    '--credentials',
    credentials,
    '--address',
    'https://chat.example.org',
  );
  check(
    './bisik tunnel with credentials connects it',
    other.output.includes('tunnel is connected'),
    other.output,
  );
  const rules = await docker('logs', box.container('cloudflared'));
  check('with rules for that name alone', rules.includes('hostname: chat.example.org'), rules);
  const off = await box.bisik('tunnel', '--off');
  const left = await docker(
    'ps',
    '-a',
    '--filter',
    `name=${box.project}-cloudflared`,
    '--format',
    '{{.Names}}',
  );
  check('./bisik tunnel --off ends it', off.code === 0 && left === '', off.output);
}

/** A tunnel without an account, which ends with its command. */
async function checkTrial(box: InstalledBox, { check }: Section): Promise<void> {
  const trial = box.bisik('tunnel', '--trial');
  const invitations = async () => (await box.bisik('invite', '--list')).output;
  const listed = await waitFor(invitations, (text) => text.includes('0 of 5 used'));
  const [name = ''] = (await docker('ps', '--format', '{{.Names}}', '--filter', 'name=-trial')).split('\n');
  const { NetworkSettings } = JSON.parse(await docker('inspect', name))[0];
  const [address] = Object.values<{ IPAddress: string }>(NetworkSettings.Networks);
  await docker('stop', name);
  const { output } = await trial;
  const link = linkOf(output)?.[1];
  const isThere = link === 'https://four-random-words-true.trycloudflare.com';
  check(
    'a trial shows an invitation at its address, by a tunnel that reaches the core',
    isThere,
    link ?? listed,
  );
  const trusted = `${box.setting('EDGE_PREFIX')}.2`;
  check('it stands at the address that the core trusts', address?.IPAddress === trusted, address?.IPAddress);
  const rest = await docker('ps', '-a', '--format', '{{.Names}}', '--filter', `name=${name}`);
  check('its container ends with the command', rest === '', rest);
}

async function checkEnd(
  box: InstalledBox,
  { check, note }: Section,
  read: () => Promise<{ status: number }>,
) {
  const gone = await box.bisik('uninstall');
  check(
    'uninstall removes the containers',
    gone.code === 0 && (await left(box, 'ps', '-a')) === '',
    gone.output,
  );
  const seconds = stopwatch();
  const back = await box.bisik('start');
  note(`From removed containers to healthy, with images and keys there: ${seconds()}.`);
  check('and start brings the box back with its messages', back.code === 0 && (await read()).status === 200);
  const refused = await box.bisik('uninstall', '--data');
  check(
    'without a terminal and --yes no data are removed',
    refused.code === 1 && (await read()).status === 200,
  );
  const all = await box.bisik('uninstall', '--data', '--yes');
  const rest = [await left(box, 'volume', 'ls'), await left(box, 'network', 'ls')].join('');
  check(
    'uninstall --data removes volumes and networks too',
    all.code === 0 && rest === '',
    rest || all.output,
  );
}

/** What the engine still has of this project. */
const left = ({ project }: InstalledBox, ...what: string[]) =>
  docker(...what, '--filter', `label=com.docker.compose.project=${project}`, '-q');
