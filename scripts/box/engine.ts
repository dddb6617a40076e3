import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { openApt } from './debian.ts';
import { type Circumstances, must, type Outcome, run } from './shell.ts';

/** A Docker engine to work with. `stop` ends only an engine that was started here. */
export type Engine = {
  about: string;
  /** Whether it is ours, with everything in it, and ends with the test. */
  isOwn: boolean;
  /** `docker` with these arguments, to its end, whatever the end. */
  docker(args: string[], circumstances?: Circumstances): Promise<Outcome>;
  /** The same, which has to succeed. */
  mustDocker(args: string[], circumstances?: Circumstances): Promise<string>;
  stop(): Promise<void>;
};

const TIMEOUT_MS = 180_000;

/**
 * The engine of this machine; where none answers, one of our own with all its state below `folder`.
 * @throws Error when there is none and this is not root on Debian
 */
export async function startEngine(folder: string, say: (line: string) => void): Promise<Engine> {
  if ((await run('docker', ['info'])).code === 0)
    return engineAt(undefined, 'the one of this machine', async () => {});
  say('No Docker engine answers: installing and starting one for this test.');
  await install(join(folder, 'apt'));
  const firewall = await rememberFirewall();
  const log = join(folder, 'dockerd.log');
  const socket = `unix://${join(folder, 'docker.sock')}`;
  const places = ['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec')];
  const daemon = spawn('dockerd', ['--host', socket, '--pidfile', join(folder, 'dockerd.pid'), ...places], {
    // A process group of its own: Ctrl-C ends this test, which then ends the engine in order.
    detached: true,
    stdio: ['ignore', openSync(log, 'w'), openSync(log, 'a')],
  });
  const ended = once(daemon, 'exit');
  const stop = async () => {
    if (daemon.exitCode === null) daemon.kill();
    await ended;
    await firewall.restore();
    // The network of the engine itself stays mounted.
    const mounts = readFileSync('/proc/mounts', 'utf8').match(/(?<=^\S+ )\S+/gm) ?? [];
    for (const mount of mounts.reverse()) if (mount.startsWith(`${folder}/`)) await must('umount', [mount]);
  };
  const deadline = performance.now() + TIMEOUT_MS;
  while ((await run('docker', ['--host', socket, 'info'])).code !== 0) {
    if (daemon.exitCode === null && performance.now() < deadline) await wait(200);
    else {
      await stop();
      throw new Error(
        `The engine does not start.\n${readFileSync(log, 'utf8').split('\n').slice(-20).join('\n')}`,
      );
    }
  }
  return engineAt(socket, 'started for this test', stop);
}

async function engineAt(
  host: string | undefined,
  origin: string,
  stop: () => Promise<void>,
): Promise<Engine> {
  const env = host ? { DOCKER_HOST: host } : {};
  const docker: Engine['docker'] = (args, given) =>
    run('docker', args, { ...given, env: { ...given?.env, ...env } });
  const mustDocker: Engine['mustDocker'] = (args, given) =>
    must('docker', args, { ...given, env: { ...given?.env, ...env } });
  const version = await mustDocker(['version', '--format', '{{.Server.Version}}']);
  const compose = await mustDocker(['compose', 'version', '--short']);
  return {
    about: `Docker engine ${version}, compose ${compose} (${origin})`,
    isOwn: host !== undefined,
    docker,
    mustDocker,
    stop,
  };
}

async function install(folder: string): Promise<void> {
  const isHere = async (command: string, ...args: string[]) => (await run(command, args)).code === 0;
  if ((await isHere('dockerd', '--version')) && (await isHere('docker', 'compose', 'version'))) return;
  const apt = await openApt(folder);
  const packages = ['docker.io', 'docker-cli', 'containerd', 'docker-compose', 'docker-buildx'];
  // runc stays Debian 12's there: the newer one wants a newer libc.
  await apt.install([
    'iptables',
    'runc',
    ...packages.map((name) => (apt.codename === 'bookworm' ? `${name}/trixie` : name)),
  ]);
}

/** dockerd leaves its rules, its bridge and forwarding behind when it ends. */
async function rememberFirewall(): Promise<{ restore(): Promise<void> }> {
  const forwarding = '/proc/sys/net/ipv4/ip_forward';
  const wasForwarding = readFileSync(forwarding, 'utf8').trim();
  const save = async (tool: string) => (await run(`${tool}-save`, [])).out;
  const before = new Map<string, string>();
  for (const tool of ['iptables', 'ip6tables']) before.set(tool, await save(tool));
  return {
    restore: async () => {
      for (const [tool, saved] of before) {
        const after = await save(tool);
        if (!after.includes('*')) continue;
        await must('sh', [
          '-c',
          `printf "%s" "$1" | ${tool}-restore`,
          'restore',
          tablesAsBefore(saved, after),
        ]);
      }
      writeFileSync(forwarding, `${wasForwarding}\n`);
      await run('ip', ['link', 'del', 'docker0']);
    },
  };
}

/** The tables of `before`; one that only `after` has is emptied and left open, as a table nobody has used yet. */
function tablesAsBefore(before: string, after: string): string {
  const added = after
    .split(/^(?=\*)/m)
    .filter((table) => table.startsWith('*') && !before.includes(table.slice(0, table.indexOf('\n') + 1)));
  const emptied = added.map((table) => {
    const [name = ''] = table.split('\n');
    const builtIn = [...table.matchAll(/^:(\S+) (?!-)/gm)].map(([, chain]) => `:${chain} ACCEPT\n`);
    return `${name}\n${builtIn.join('')}COMMIT\n`;
  });
  return `${before}\n${emptied.join('')}`;
}
