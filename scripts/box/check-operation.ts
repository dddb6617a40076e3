/** What happens to a box over time: limits, outages, restarts, hangs, and the operator's commands and settings. */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CORE_OPTIONS } from '../../chat-core/src/node-options.ts';
import { type Box, type Journey, readHistory, SERVICES } from './box.ts';
import { docker, type Section, stopwatch, TIMEOUT_MS, waitFor } from './harness.ts';

export async function checkMessage(when: string, journey: Journey, check: Section['check']): Promise<void> {
  const [read] = await readHistory(journey.reader, journey.writer);
  const claim = `${when} the message can be read again, with the same token`;
  check(claim, read?.content === journey.canary, read?.id);
}

/** The core's heap limit, an outage of the cipher, restarts, and an orderly stop; ends with both services stopped. */
export async function checkLife(box: Box, journey: Journey, { check }: Section): Promise<void> {
  await checkHeap(box, check);
  await checkOutage(box, journey, check);
  await box.compose('restart');
  await box.up();
  await checkMessage('after a restart', journey, check);
  await box.compose('down');
  await box.up();
  await checkMessage('after the containers were removed and created again', journey, check);
  const setup = await box.logs('setup');
  check('the second set-up created no key', setup === 'All keys are there.', setup);

  const seconds = stopwatch();
  await box.compose('stop');
  const duration = seconds();
  // A container that does not stop in its grace period is killed, with exit code 137.
  for (const service of SERVICES) {
    const { ExitCode, OOMKilled } = (await box.inspect(service)).State;
    const evidence = `exit code ${ExitCode}, ${duration} for both`;
    check(`${service} stops on request`, ExitCode === 0 && !OOMKilled, evidence);
  }
}

/**
 * V8 counts the young generation on top of the 512 MiB of old space, and makes it smaller where memory is short: 704 MiB
 * in all on a machine with plenty, 560 MiB in a container of 768 MiB.
 */
async function checkHeap(box: Box, check: Section['check']): Promise<void> {
  const read = 'Math.round(v8.getHeapStatistics().heap_size_limit / 2 ** 20)';
  const unbound = Number(await box.inside('chat-core', 'node', '-p', read));
  const limit = Number(/"heapLimitMiB":(\d+)/.exec(await box.logs('chat-core'))?.[1]);
  check('premise: without the flag Node would take another limit here', unbound !== limit, `${unbound} MiB`);
  check(
    'the running core’s heap limit is above its 512 MiB of old space and below its memory',
    limit >= 512 && limit < 768,
    `heapLimitMiB ${limit}`,
  );
  const file = `/proc/${await box.mainPid('chat-core')}/cmdline`;
  const command = (await box.inside('chat-core', 'cat', file)).replaceAll('\0', ' ').trim();
  check('the core’s command line sets this limit', command.includes(CORE_OPTIONS.join(' ')), command);
}

async function checkOutage(box: Box, { writer, reader }: Journey, check: Section['check']): Promise<void> {
  const count = async () => (await readHistory(reader, writer)).length;
  const before = await count();
  const input = { senderId: writer.id, receiverId: reader.id, message: 'halo?' };
  const send = () => writer.post('/chat/send', input);
  await box.compose('stop', 'cipher-service');
  const start = performance.now();
  const { status } = await send();
  const ms = Math.round(performance.now() - start);
  const claim = 'without the cipher a message is refused, and the request does not hang';
  check(claim, status === 503 && ms < TIMEOUT_MS, `${status} after ${ms} ms`);

  await box.compose('start', 'cipher-service');
  const seconds = stopwatch();
  const answer = await waitFor(send, ({ status }) => status !== 503);
  const evidence = `${answer.status} after ${seconds()}`;
  check('with the cipher back a message is stored', answer.status === 200, evidence);
  const after = await count();
  check('no refused message was stored', after === before + 1, `${before} messages before, ${after} after`);
}

/** `node -e STALL` starts an endless loop in the process whose inspector listens in this container. */
const STALL = `fetch('http://127.0.0.1:9229/json/list').then((list) => list.json()).then(([target]) => {
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  const params = { expression: 'for (;;);' };
  socket.onopen = () => socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params }));
  setTimeout(() => process.exit(), 2000);
});`;
/** A hang is found after at most 2 s of interval and 45 s of silence; the rest is for a busy machine. */
const RESTART_TIMEOUT_MS = 300_000;
const OVERLAY = `services:
  chat-core: { healthcheck: { interval: 2s } }
  cipher-service: { healthcheck: { interval: 2s } }
`;

/**
 * Options of `docker compose` for a box whose health checks run every 2 s instead of every minute; all else is as in the
 * compose file.
 */
export function frequentHealthChecks(folder: string): string[] {
  const file = join(folder, 'frequent.yml');
  writeFileSync(file, OVERLAY);
  return ['-f', 'docker-compose.yml', '-f', file];
}

/** A service that is stopped, and one whose event loop stalls: each is ended and started again, and serves. */
export async function checkHang(box: Box, options: string[], journey: Journey, { check }: Section) {
  const started = () => Promise.all(SERVICES.map(async (service) => (await box.inspect(service)).State));
  for (const how of ['stopped (SIGSTOP)', 'stalled in the event loop']) {
    const before = await started();
    const seconds = stopwatch();
    for (const service of SERVICES) {
      const isStopped = how.startsWith('stopped');
      await box.inside(service, 'kill', isStopped ? '-STOP' : '-USR1', await box.mainPid(service));
      if (!isStopped) await box.inside(service, 'node', '-e', STALL);
    }
    if (how.startsWith('stopped')) {
      const askStopped = () => box.inside('chat-core', 'node', 'chat-core/src/commands/invite.ts');
      let output = await askStopped();
      if (output === '') {
        // On a busy machine the container is ended, and the command with it, before the command has ended.
        await waitFor(started, (states) => states[0]?.StartedAt !== before[0]?.StartedAt, RESTART_TIMEOUT_MS);
        await box.inside('chat-core', 'kill', '-STOP', await box.mainPid('chat-core'));
        output = await askStopped();
      }
      const isClear = output.includes('does not answer');
      check('a command that asks the stopped core ends with an error message', isClear, output);
    }
    const hanging = (states: Awaited<ReturnType<typeof started>>) =>
      SERVICES.filter((_, index) => {
        const { Status, StartedAt } = states[index] ?? {};
        return Status !== 'running' || StartedAt === before[index]?.StartedAt;
      });
    const after = await waitFor(started, (states) => hanging(states).length === 0, RESTART_TIMEOUT_MS);
    const evidence = `${hanging(after).map((service) => `${service} still hangs `)}after ${seconds()}`;
    check(`both services, ${how}, are ended and started again`, hanging(after).length === 0, evidence);
    await box.up({}, ...options);
    await checkMessage(`after both were ${how}`, journey, check);
  }
}

/** The operator's tasks in Docker, as docs/commands.md and docs/self-hosting.md describe them; ends with nothing running. */
export async function checkOperation(box: Box, folder: string, journey: Journey, section: Section) {
  await checkCommands(box, folder, journey, section);
  await checkBackup(box, folder, section);
  await checkPrefix(box, section);
  await checkBind(box, section);
  await checkTunnel(box, folder, section);
}

async function checkCommands(box: Box, folder: string, journey: Journey, { check }: Section): Promise<void> {
  const verified = await box.command([], 'verify');
  check('verify runs in Docker', verified.includes('Nothing is wrong.'), verified);
  const repaired = await box.command([], 'repair');
  check('repair runs in Docker', repaired.includes('nothing to repair'), repaired);
  const refused = await box.command([], 'export');
  check(
    'an export into the read-only container is refused, and the message names what works',
    /cannot be written: .*standard output/.test(refused) && !refused.includes('EROFS'),
    refused,
  );
  const exported = await box.command([], 'export', '-');
  check('an export goes to standard output', exported.includes(journey.writer.username));
  const file = join(folder, 'db.json');
  // Both streams arrive as one: the line on stderr may stand in the middle.
  const text = exported.replace(/\d+ messages? (is|are) in the output\.\n?/, '');
  const json = text.slice(text.indexOf('{"users"'), text.lastIndexOf(']}') + 2);
  writeFileSync(file, json, { mode: 0o644 });
  const imported = await box.command(['-v', `${file}:/db.json:ro`], 'import', '/db.json', '--yes');
  check('an import reads a mounted file', imported.includes('There is nothing to do.'), imported);
  const help = [await box.command([], 'repair', '--help'), await box.command([], 'invite', '--help')];
  const mentions = /npm (run|start)/.test([...help, verified, refused].join());
  check('no text of these commands mentions npm, which the image lacks', !mentions);
  await box.compose('start', 'chat-core');
}

/** The command lines of docs/backup.md, with a folder of this machine in place of the disk. */
async function checkBackup(box: Box, folder: string, { check }: Section): Promise<void> {
  const page = readFileSync(new URL('../../docs/backup.md', import.meta.url), 'utf8');
  const lines = [...page.matchAll(/^docker compose (run --rm .*)$/gm)].map(([, line = '']) => line);
  const usb = join(folder, 'usb');
  mkdirSync(usb);
  // User 1000 of the container, or of a user namespace, must be able to write to it.
  chmodSync(usb, 0o777);
  await box.up();
  const runs = async (part: string, ...more: string[]) => {
    const line = lines.find((one) => one.includes(part)) ?? '';
    return box.compose(...line.replace('/media/usb', usb).split(' '), ...more).catch(String);
  };
  const key = await runs('--new-recovery-key');
  check('a recovery key is created in Docker', key.includes('AGE-SECRET-KEY-1'));
  const first = await runs('--folder');
  check('a backup into a folder runs in Docker as documented', /bisik-.*\.age: .* bytes/.test(first), first);
  const second = await runs('--folder', '--keep', '1');
  check('an older backup in the folder is removed', /bisik-.*\.age was removed/.test(second), second);
  const names = readdirSync(usb)
    .map((name) => name.replace(/^bisik-.*Z/, ''))
    .sort();
  check('one backup and its list are left', names.join() === '.age,.files', names.join());
}

async function checkPrefix(box: Box, { check }: Section): Promise<void> {
  const variables = { EDGE_PREFIX: box.unusedPrefix };
  await box.up(variables);
  const { NetworkSettings, Config } = await box.inspect('chat-core');
  const addresses = Object.values(NetworkSettings.Networks).map(({ IPAddress }) => IPAddress);
  const trusted = Config.Env.find((line) => line.startsWith('TRUSTED_PROXIES=')) ?? '';
  check(
    'EDGE_PREFIX changed on an existing box moves the network and the trusted address together',
    trusted.startsWith(`TRUSTED_PROXIES=${box.unusedPrefix}.2/32`) &&
      addresses.some((address) => address.startsWith(`${box.unusedPrefix}.`)),
    `${trusted}, the core at ${addresses.join(' and ')}`,
  );
  await box.composeWith(variables, 'down');
}

async function checkBind(box: Box, { check }: Section): Promise<void> {
  const variables = { CORE_BIND: '::' };
  const file = '/proc/net/if_inet6';
  if (!existsSync(file) || readFileSync(file, 'utf8') === '') {
    const config = await box.composeWith(variables, 'config');
    const claim = 'CORE_BIND=:: is understood (this machine has no IPv6 to try it)';
    return check(claim, config.includes("host_ip: '::'"));
  }
  await box.up(variables);
  const published = JSON.stringify((await box.inspect('chat-core')).NetworkSettings.Ports['8080/tcp']);
  const answer = await fetch(`http://[::1]:${box.port}/health/live`).catch(() => undefined);
  check('CORE_BIND=:: publishes the core on every IPv6 address', answer?.status === 200, published);
}

/** The image of cloudflared cannot be pulled everywhere: a sleeping container of the cipher's image stands in for it. */
async function checkTunnel(box: Box, folder: string, { check }: Section): Promise<void> {
  const file = join(folder, 'tunnel.yml');
  const standIn = `{ image: bisik-cipher, command: !override [sleep, '3600'], volumes: !reset [] }`;
  writeFileSync(file, `services:\n  cloudflared: ${standIn}\n`);
  const variables = { COMPOSE_PROFILES: 'tunnel' };
  await box.up(variables, '-f', 'docker-compose.yml', '-f', file);
  const address = (await box.inspect('cloudflared')).NetworkSettings.Networks[box.edge]?.IPAddress;
  check('premise: the tunnel runs at the trusted address', address === box.tunnelAddress, address);
  await box.composeWith(variables, 'down');
  const left = await docker('ps', '-a', '--filter', `name=${box.project}`, '--format', '{{.Names}}');
  check('with COMPOSE_PROFILES=tunnel in .env docker compose down ends the tunnel too', left === '', left);
}
