import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Box } from './box.ts';
import type { Engine } from './engine.ts';
import type { Journey } from './journey.ts';
import type { Transcript } from './transcript.ts';

const command = (name: string, ...words: string[]) => [
  ...['chat-core', 'node', `chat-core/src/commands/${name}.ts`],
  ...words,
];

/** What docs/commands.md and docs/self-hosting.md tell whoever runs a box to do in Docker. */
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
    box.tryCompose('run', '--rm', '-T', ...options, ...command(name, ...words));
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

/** Its image cannot be pulled everywhere: one of ours stands in for it, which only sleeps. */
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
