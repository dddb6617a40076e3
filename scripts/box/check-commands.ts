import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Box } from './box.ts';
import type { Engine } from './engine.ts';
import type { Journey } from './journey.ts';
import { must, type Outcome, retry, run } from './run.ts';
import type { Transcript } from './transcript.ts';

/** Each answers `--help` with its usage. */
const COMMANDS = [
  ...['backup', 'restore', 'verify', 'repair', 'import', 'export'],
  ...['invite', 'reports', 'reset-password', 'soak'],
];

/** In a clone without packages, on the machine's own Node, each command works at its first call. */
export async function checkFreshClone(root: string, folder: string, t: Transcript): Promise<void> {
  const cwd = join(folder, 'clone');
  const local = ['-c', `safe.directory=${root.replace(/\/$/, '')}`, '-c', 'safe.directory=*'];
  await must('git', [...local, 'clone', '--quiet', '--no-local', root, cwd]);
  // Without npm's variables and paths, through which the scripts would find Node 24 of this clone.
  const own = Object.keys(process.env).filter((name) => /^npm_|^NODE_|^INIT_CWD$/.test(name));
  const path = (process.env.PATH ?? '').split(delimiter).filter((part) => !part.includes('node_modules'));
  const env = { ...Object.fromEntries(own.map((name) => [name, undefined])), PATH: path.join(delimiter) };
  const version = await must('node', ['--version'], { cwd, env });
  t.note(`A clone of the commit above, nothing installed; the machine's own Node is ${version}.`);
  const help = (name: string) => run('npm', ['run', '--silent', name, '--', '--help'], { cwd, env });

  const [first = '', ...others] = COMMANDS;
  const began = performance.now();
  const answered = await retry(async () => {
    const outcome = await help(first);
    if (outcome.code !== 0) throw new Error(outcome.out);
    return outcome;
  }, t.note);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const isUsage = (name: string, { code, out }: Outcome) => code === 0 && out.includes(`npm run ${name}`);
  t.check(`npm run ${first} installs what it needs, then answers`, isUsage(first, answered), `${seconds} s`);
  const silent: string[] = [];
  for (const name of others) if (!isUsage(name, await help(name))) silent.push(name);
  t.check(`so do ${others.join(', ')}`, silent.length === 0, silent.join(' ') || 'all of them');
  rmSync(cwd, { recursive: true });
}

/** The operator's tasks in Docker, as docs/commands.md and docs/self-hosting.md describe them. */
export async function checkOperation(
  engine: Engine,
  box: Box,
  folder: string,
  journey: Journey,
  t: Transcript,
): Promise<void> {
  await checkCommands(box, folder, journey, t);
  await checkPrefix(box, t);
  await checkBind(box, t);
  await checkTunnel(engine, box, folder, t);
}

async function checkCommands(box: Box, folder: string, journey: Journey, t: Transcript) {
  await box.compose('stop', 'chat-core');
  const run = (options: string[], name: string, ...words: string[]) =>
    box.tryCompose(
      ...['run', '--rm', '-T', ...options],
      ...['chat-core', 'node', `chat-core/src/commands/${name}.ts`, ...words],
    );
  const verified = await run([], 'verify');
  t.check('verify runs in Docker', verified.includes('Nothing is wrong.'), verified);
  const repaired = await run([], 'repair');
  t.check('repair runs in Docker', repaired.includes('nothing to repair'), repaired);
  const refused = await run([], 'export');
  t.check(
    'an export into the read-only container is refused with the way that works',
    /cannot be written: .*standard output/.test(refused) && !refused.includes('EROFS'),
    refused,
  );
  const exported = await run([], 'export', '-');
  const file = join(folder, 'db.json');
  writeFileSync(file, exported.slice(exported.indexOf('{"users"'), exported.lastIndexOf(']}') + 2), {
    mode: 0o644,
  });
  t.check('an export goes to standard output', exported.includes(journey.writer.username));
  const imported = await run(['-v', `${file}:/db.json:ro`], 'import', '/db.json', '--yes');
  t.check('an import reads a mounted file', imported.includes('There is nothing to do.'), imported);
  const help = [await run([], 'repair', '--help'), await run([], 'invite', '--help'), verified, refused];
  t.check('no text there names npm, which the image has not', !/npm (run|start)/.test(help.join()));
  await box.compose('start', 'chat-core');
}

async function checkPrefix(box: Box, t: Transcript): Promise<void> {
  const prefix = `${box.prefix.slice(0, box.prefix.lastIndexOf('.'))}.${Number(box.prefix.split('.')[2]) - 41}`;
  const variables = { EDGE_PREFIX: prefix };
  await box.composeWith(variables, 'up', '--detach', '--wait', '--no-build');
  const { NetworkSettings, Config } = await box.inspect('chat-core');
  const addresses = Object.values(NetworkSettings.Networks).map(({ IPAddress }) => IPAddress);
  const trusted = Config.Env.find((line) => line.startsWith('TRUSTED_PROXIES=')) ?? '';
  t.check(
    'EDGE_PREFIX changed on a box that is there moves the network and the trust together',
    trusted.startsWith(`TRUSTED_PROXIES=${prefix}.2/32`) &&
      addresses.some((one) => one.startsWith(`${prefix}.`)),
    `${trusted}, the core at ${addresses.join(' and ')}`,
  );
  await box.composeWith(variables, 'down');
  await box.compose('up', '--detach', '--wait', '--no-build');
}

async function checkBind(box: Box, t: Transcript): Promise<void> {
  const hasIpv6 = existsSync('/proc/net/if_inet6') && readFileSync('/proc/net/if_inet6', 'utf8') !== '';
  const variables = { CORE_BIND: '::' };
  if (!hasIpv6) {
    const config = await box.composeWith(variables, 'config');
    t.check(
      'CORE_BIND=:: is understood (this machine has no IPv6 to try it)',
      config.includes("host_ip: '::'"),
    );
    return;
  }
  await box.composeWith(variables, 'up', '--detach', '--wait', '--no-build');
  const published = JSON.stringify((await box.inspect('chat-core')).NetworkSettings.Ports['8080/tcp']);
  const answer = await fetch(`http://[::1]:${box.port}/health/live`).catch(() => undefined);
  t.check('CORE_BIND=:: publishes the core on every IPv6 address', answer?.status === 200, published);
  await box.compose('up', '--detach', '--wait', '--no-build');
}

/** The image of cloudflared cannot be pulled everywhere: a sleeping container of the cipher's image stands in for it. */
async function checkTunnel(engine: Engine, box: Box, folder: string, t: Transcript): Promise<void> {
  const standIn = join(folder, 'tunnel.yml');
  const service = `{ image: bisik-cipher, command: !override [sleep, '3600'], volumes: !reset [] }`;
  writeFileSync(standIn, `services:\n  cloudflared: ${service}\n`);
  const variables = { COMPOSE_PROFILES: 'tunnel' };
  const files = ['-f', 'docker-compose.yml', '-f', standIn];
  await box.composeWith(variables, ...files, 'up', '--detach', '--wait', '--no-build');
  const { NetworkSettings } = await box.inspect('cloudflared');
  const address = NetworkSettings.Networks[box.edge]?.IPAddress;
  t.check('premise: the tunnel runs where it is trusted', address === box.tunnelAddress, address);
  await box.composeWith(variables, 'down');
  const left = await engine.mustDocker([
    'ps',
    '-a',
    '--filter',
    `name=${box.project}`,
    '--format',
    '{{.Names}}',
  ]);
  t.check('with COMPOSE_PROFILES=tunnel in .env docker compose down ends the tunnel too', left === '', left);
  await box.compose('up', '--detach', '--wait', '--no-build');
}
