/** The Docker engine of the test, and the base image that the Dockerfiles start from. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { docker, machine, retry, run, succeeds, tryRun, waitFor } from './harness.ts';

/** What the last stage of both Dockerfiles starts from. */
export const BASE = baseOf(readFileSync(new URL('../../chat-core/Dockerfile', import.meta.url), 'utf8'));
/** Stands in for it where no registry of images is reached. */
export const STAND_IN = 'bisik-stand-in:24';

function baseOf(dockerfile: string): string {
  return [...dockerfile.matchAll(/^FROM (\S+)/gm)].at(-1)?.[1] ?? '';
}

/** `isOwn`: this test started the engine; it ends, with everything in it, by `stop`. */
export type Engine = { about: string; isOwn: boolean; stop(): Promise<void> };

/**
 * The engine of this machine; where none answers, one of the test's own with all its state below `folder`, named in
 * DOCKER_HOST.
 * @throws Error when there is no engine and this is not root on Debian
 */
export async function startEngine(folder: string): Promise<Engine> {
  const isOwn = !(await succeeds('docker', 'info'));
  const stop = isOwn ? await startDaemon(folder) : async () => {};
  const version = await docker('version', '--format', '{{.Server.Version}}');
  const compose = await docker('compose', 'version', '--short');
  const origin = isOwn ? 'started for this test, because none answered' : 'the one of this machine';
  return { about: `Docker engine ${version}, compose ${compose} (${origin})`, isOwn, stop };
}

async function startDaemon(folder: string): Promise<() => Promise<void>> {
  if (!(await succeeds('dockerd', '--version')) || !(await succeeds('docker', 'compose', 'version'))) {
    const packages = ['docker.io', 'docker-cli', 'containerd', 'docker-compose', 'docker-buildx'];
    // runc is Debian 12's own there: the newer one needs a newer libc.
    await machine('install', folder, 'iptables', 'runc', ...packages.map((name) => `${name}/trixie`));
  }
  await machine('save-firewall', folder);
  const log = join(folder, 'dockerd.log');
  const socket = `unix://${join(folder, 'docker.sock')}`;
  const folders = ['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec')];
  const daemon = spawn('dockerd', ['--host', socket, '--pidfile', join(folder, 'dockerd.pid'), ...folders], {
    // A process group of its own: Ctrl-C reaches this test alone, which then stops the engine.
    detached: true,
    stdio: ['ignore', openSync(log, 'w'), openSync(log, 'a')],
  });
  const ended = once(daemon, 'exit');
  process.env.DOCKER_HOST = socket;
  const stop = async () => {
    if (daemon.exitCode === null) daemon.kill();
    await ended;
    delete process.env.DOCKER_HOST;
    await machine('restore-firewall', folder);
  };
  const answers = () => succeeds('docker', 'info');
  await waitFor(answers, (isReady) => isReady || daemon.exitCode !== null);
  if (daemon.exitCode === null) return stop;
  await stop();
  const end = readFileSync(log, 'utf8').split('\n').slice(-20).join('\n');
  throw new Error(`The engine does not start.\n${end}`);
}

/** The image that the Dockerfiles start from here, and what it is: that of the registry, or one that stands in for it. */
export type Base = { image: string; isOfficial: boolean };

/**
 * The base image. Where no registry of images can be reached, a stand-in: busybox, the Node that runs this script, the glibc
 * libraries it links to, and npm. It has no musl.
 */
export async function provideBase(folder: string): Promise<Base> {
  const isThere = await succeeds('docker', 'image', 'inspect', BASE);
  if (isThere || (await succeeds('docker', 'pull', BASE))) {
    const readRelease = ['run', '--rm', '--network', 'none', BASE, 'cat', '/etc/alpine-release'];
    return { image: BASE, isOfficial: await succeeds('docker', ...readRelease) };
  }
  await installPackage(join(folder, 'npm'), 'npm@11');
  await machine('stand-in', folder, process.execPath);
  await docker('build', '-q', '-t', STAND_IN, '-f', join(folder, 'base.Dockerfile'), join(folder, 'base'));
  return { image: STAND_IN, isOfficial: false };
}

/** The options of `docker compose` with which `build` starts from this base, whatever its digest. */
export function buildOptions(folder: string, { image }: Base): string[] {
  const files = ['--file', 'docker-compose.yml'];
  if (image === BASE) return files;
  const build = { additional_contexts: { [BASE]: `docker-image://${image}` } };
  const services = { 'chat-core': { build }, 'cipher-service': { build } };
  const path = join(folder, 'base.yml');
  writeFileSync(path, JSON.stringify({ services }));
  return [...files, '--file', path];
}

/** Installs one npm package into a folder of its own, without scripts, also one for another processor. */
export async function installPackage(cwd: string, name: string): Promise<void> {
  mkdirSync(cwd, { recursive: true });
  writeFileSync(join(cwd, 'package.json'), '{"private":true}');
  const flags = ['--force', '--ignore-scripts', '--no-save', '--no-audit', '--no-fund'];
  await retry(() => run('npm', ['install', ...flags, name], { cwd }));
}

/**
 * Saves what these image names stand for: an operator's engine runs images of the same names.
 * @returns restores the names and removes the images that only this test built
 */
export async function saveImageNames(names: string[]): Promise<() => Promise<void>> {
  const idOf = async (name: string) => {
    const { code, output } = await tryRun('docker', ['image', 'inspect', '--format', '{{.Id}}', name]);
    return code === 0 ? output : undefined;
  };
  const before = await Promise.all(names.map(async (name) => ({ name, id: await idOf(name) })));
  return async () => {
    for (const { name, id } of before) {
      const now = await idOf(name);
      if (now === undefined || now === id) continue;
      if (id === undefined) await docker('rmi', name);
      else {
        await docker('tag', id, name);
        await tryRun('docker', ['rmi', now]);
      }
    }
  };
}
