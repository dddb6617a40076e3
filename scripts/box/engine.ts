import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { must, type Outcome, type RunOptions, retry, run } from './run.ts';

/** A Docker engine. `stop` ends only an engine that this test started. */
export type Engine = {
  about: string;
  /** Whether this test started it, so that it ends, with everything in it, with the test. */
  isOwn: boolean;
  /** Runs `docker` with these arguments; a failure is an outcome. */
  docker(args: string[], options?: RunOptions): Promise<Outcome>;
  /** Runs `docker`; @throws Error when it fails. */
  mustDocker(args: string[], options?: RunOptions): Promise<string>;
  /** Runs a command in a new container that is removed afterwards; returns its output. @throws Error when it fails */
  runOnce(options: string[], image: string, ...command: string[]): Promise<string>;
  stop(): Promise<void>;
};

const TIMEOUT_MS = 180_000;

/**
 * The engine of this machine; where none answers, one of our own with all its state below `folder`.
 * @throws Error when there is none and this is not root on Debian
 */
export async function startEngine(folder: string, note: (line: string) => void): Promise<Engine> {
  if ((await run('docker', ['info'])).code === 0)
    return engineAt(undefined, 'the one of this machine', async () => {});
  note('No Docker engine answers: installing and starting one for this test.');
  await install(join(folder, 'apt'));
  const firewall = await saveFirewall();
  const log = join(folder, 'dockerd.log');
  const socket = `unix://${join(folder, 'docker.sock')}`;
  const folders = ['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec')];
  const daemon = spawn('dockerd', ['--host', socket, '--pidfile', join(folder, 'dockerd.pid'), ...folders], {
    // A process group of its own: Ctrl-C reaches only this test, which then stops the engine.
    detached: true,
    stdio: ['ignore', openSync(log, 'w'), openSync(log, 'a')],
  });
  const ended = once(daemon, 'exit');
  const stop = async () => {
    if (daemon.exitCode === null) daemon.kill();
    await ended;
    await firewall.restore();
    // The engine leaves its network namespaces mounted.
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
    runOnce: (options, image, ...command) => mustDocker(['run', '--rm', ...options, image, ...command]),
    stop,
  };
}

async function install(folder: string): Promise<void> {
  const isHere = async (command: string, ...args: string[]) => (await run(command, args)).code === 0;
  if ((await isHere('dockerd', '--version')) && (await isHere('docker', 'compose', 'version'))) return;
  const apt = await openApt(folder);
  const packages = ['docker.io', 'docker-cli', 'containerd', 'docker-compose', 'docker-buildx'];
  // On Debian 12 its own runc: the newer one needs a newer libc.
  await apt.install([
    'iptables',
    'runc',
    ...packages.map((name) => (apt.codename === 'bookworm' ? `${name}/trixie` : name)),
  ]);
}

/** Saves what dockerd changes and does not undo when it ends: firewall rules, its bridge, IP forwarding. */
async function saveFirewall(): Promise<{ restore(): Promise<void> }> {
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

/** The tables of `before`; a table that only `after` has is emptied, with ACCEPT as its policy. */
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

/** Installs Debian packages; `install` may name a release, as in `docker.io/trixie`. */
export type Apt = { codename: string; install(packages: string[]): Promise<void> };

/**
 * apt with lists and sources of its own below `folder`: the machine's configuration stays as it is. Debian 12 also
 * sees Debian 13, at a priority that upgrades nothing by itself, because its own compose is the old one.
 * @throws Error when this is not root on Debian 12 or newer
 */
export async function openApt(folder: string): Promise<Apt> {
  const release = read('/etc/os-release');
  const codename = /^VERSION_CODENAME=(\w+)$/m.exec(release)?.[1] ?? '';
  if (!/^ID=debian$/m.test(release) || process.getuid?.() !== 0)
    throw new Error(
      'What is missing can be installed only by root on Debian: install Docker 25 or newer yourself.',
    );

  const sources = join(folder, 'sources');
  for (const made of [sources, join(folder, 'lists/partial')]) mkdirSync(made, { recursive: true });
  const own = read('/etc/apt/sources.list.d/debian.sources');
  writeFileSync(join(sources, 'debian.sources'), own);
  if (codename === 'bookworm') {
    const main = own.split(/\n{2,}/).find((part) => /^Suites:.*\bbookworm( |$)/m.test(part)) ?? '';
    writeFileSync(
      join(sources, 'next.sources'),
      `${main.replace(/^Suites:.*$/m, 'Suites: trixie').trim()}\n`,
    );
    writeFileSync(join(folder, 'preferences'), 'Package: *\nPin: release n=trixie\nPin-Priority: 100\n');
  }
  const options = {
    'Dir::Etc::SourceList': '/dev/null',
    'Dir::Etc::SourceParts': sources,
    'Dir::Etc::Preferences': join(folder, 'preferences'),
    'Dir::Etc::PreferencesParts': '/dev/null',
    'Dir::State::Lists': join(folder, 'lists'),
  };
  const given = Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  // The timeout waits for another installation.
  const apt = (...args: string[]) =>
    retry(() =>
      must('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=300', ...given, ...args], {
        env: { DEBIAN_FRONTEND: 'noninteractive' },
      }),
    );
  await apt('update');
  return {
    codename,
    install: async (packages) => {
      await apt('install', '-y', '--no-install-recommends', ...packages);
    },
  };
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
