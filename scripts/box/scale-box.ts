/** The box of several cores, docker-compose.scale.yml, under test, and the images that it runs. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildOptions, provideBase } from './engine.ts';
import { docker, run, succeeds, tryRun } from './harness.ts';

const FILE = 'docker-compose.scale.yml';
/** Stands in for the images of PostgreSQL and HAProxy where no registry is reached: Debian 13 with its packages of both. */
const STAND_IN = 'bisik-debian-13-stand-in';
const CORE = 'bisik-core-scale';
const CIPHER = 'bisik-cipher-scale';

export type ScaleBox = {
  url: string;
  /** What its images are. */
  about: string;
  /** Runs `docker compose`; returns the output, whatever the exit code. */
  compose(...args: string[]): Promise<string>;
  /** Runs a command of a container; returns the output, whatever the exit code. */
  inside(service: string, ...command: string[]): Promise<string>;
  up(): Promise<string>;
  remove(): Promise<unknown>;
};

/** Builds the images from `root`, and makes the secrets in `folder`. @throws Error when something fails */
export async function openScaleBox(root: string, folder: string, port: number): Promise<ScaleBox> {
  const env = {
    BISIK_CORE_IMAGE: CORE,
    BISIK_CIPHER_IMAGE: CIPHER,
    CORE_PORT: String(port),
    EDGE_PREFIX: `172.31.${40 + (process.pid % 40)}`,
  };
  const base = await provideBase(folder);
  await run('docker', ['compose', ...buildOptions(folder, base), 'build', '--quiet'], { cwd: root, env });
  const secrets = join(folder, 'secrets');
  await run('sh', [join(root, 'deploy/scale/make-secrets.sh'), secrets]);
  const { services, about } = await provideServers(root, folder);
  const override = join(folder, 'scale.yml');
  writeFileSync(override, JSON.stringify({ services }));
  const here = join(folder, FILE);
  const text = readFileSync(join(root, FILE), 'utf8').replaceAll('./secrets/scale/', `${secrets}/`);
  writeFileSync(here, text);
  const project = `bisik-scale-${process.pid}`;
  const words = ['compose', '--env-file', '/dev/null', '--progress', 'quiet', '-p', project];
  const files = ['--project-directory', root, '-f', here, '-f', override];
  const compose: ScaleBox['compose'] = async (...args) =>
    (await tryRun('docker', [...words, ...files, ...args], { cwd: root, env })).output;
  return {
    url: `http://127.0.0.1:${port}`,
    about: `${about}; Node: ${base.isOfficial ? 'the official image' : 'a stand-in'}`,
    compose,
    inside: (service, ...command) => compose('exec', '-T', service, ...command),
    up: () =>
      run('docker', [...words, ...files, 'up', '--detach', '--no-build', '--wait'], { cwd: root, env }),
    remove: async () => {
      await compose('down', '--volumes', '--remove-orphans', '--timeout', '10');
      await tryRun('docker', ['rmi', CORE, CIPHER]);
    },
  };
}

/** What the services of PostgreSQL and HAProxy run here. */
async function provideServers(root: string, folder: string) {
  const text = readFileSync(join(root, FILE), 'utf8');
  const images = [...text.matchAll(/^ +image: ((?:postgres|haproxy):\S+)$/gm)].map(([, name = '']) => name);
  const isThere = async (name: string) =>
    (await succeeds('docker', 'image', 'inspect', name)) || (await succeeds('docker', 'pull', '-q', name));
  if ((await Promise.all(images.map(isThere))).every(Boolean))
    return { services: {}, about: images.join(', ') };
  if (!(await succeeds('docker', 'image', 'inspect', STAND_IN))) await buildStandIn(folder);
  const version = (...command: string[]) => docker('run', '--rm', STAND_IN, ...command);
  const postgres = await version('sh', '-c', '/usr/lib/postgresql/*/bin/postgres --version');
  const [haproxy = ''] = (await version('haproxy', '-v')).split('\n');
  const file = '/usr/local/etc/haproxy/haproxy.cfg';
  const balancer = { image: STAND_IN, user: 'haproxy', command: ['haproxy', '-W', '-db', '-f', file] };
  return {
    services: { 'postgres-1': { image: STAND_IN }, 'postgres-2': { image: STAND_IN }, balancer },
    about: `in place of ${images.join(' and ')}, for which no registry answers: ${postgres}, ${haproxy}`,
  };
}

/** @throws Error when this is not root on Debian */
async function buildStandIn(folder: string): Promise<void> {
  if (!(await succeeds('debootstrap', '--version')))
    await run('sh', [new URL('machine.sh', import.meta.url).pathname, 'install', folder, 'debootstrap']);
  const system = join(folder, 'debian');
  const packages = 'postgresql,haproxy,ca-certificates,busybox';
  await run('debootstrap', ['--variant=minbase', `--include=${packages}`, 'trixie', system]);
  await run('tar', [
    '-C',
    system,
    '--exclude=./proc/*',
    '--exclude=./dev/*',
    '-cf',
    join(folder, 'debian.tar'),
    '.',
  ]);
  writeFileSync(
    join(folder, 'Debian.Dockerfile'),
    `FROM scratch
ADD debian.tar /
RUN mkdir -p /var/lib/postgresql/data /usr/local/etc/haproxy && chown -R postgres:postgres /var/lib/postgresql \\
  && ln -sf /bin/busybox /usr/bin/wget
`,
  );
  await docker('build', '-q', '-t', STAND_IN, '-f', join(folder, 'Debian.Dockerfile'), folder);
}
