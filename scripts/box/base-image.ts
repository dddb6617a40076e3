import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { openApt } from './debian.ts';
import type { Engine } from './engine.ts';
import { retry } from './retry.ts';
import { must, run } from './shell.ts';

export const BASE = 'node:24-alpine';

/**
 * Sees to it that `FROM node:24-alpine` builds. Where no registry of images is to be reached, a stand-in takes the
 * name: busybox, the Node that runs this script, the glibc libraries it links to and npm. It is not musl.
 * @returns what the name stands for
 */
export async function provideBase(engine: Engine, folder: string): Promise<'official' | 'stand-in'> {
  const isPresent = (await engine.docker(['image', 'inspect', BASE])).code === 0;
  const isThere = isPresent || (await engine.docker(['pull', '-q', BASE])).code === 0;
  if (!isThere) await makeStandIn(engine, folder);
  const alpine = await engine.docker([
    'run',
    '--rm',
    '--network',
    'none',
    BASE,
    'cat',
    '/etc/alpine-release',
  ]);
  return alpine.code === 0 ? 'official' : 'stand-in';
}

async function makeStandIn(engine: Engine, folder: string): Promise<void> {
  const root = join(folder, 'base');
  for (const made of [
    'bin',
    'tmp',
    'proc',
    'sys',
    'dev',
    'root',
    'home/node',
    'usr/local/bin',
    'usr/local/etc',
  ])
    mkdirSync(join(root, made), { recursive: true });
  const busybox = await findBusybox(join(folder, 'apt'));
  copyFileSync(busybox, join(root, 'bin/busybox'));
  for (const applet of (await must(busybox, ['--list'])).split('\n'))
    if (applet !== 'busybox') symlinkSync('/bin/busybox', join(root, 'bin', applet));
  mkdirSync(join(root, 'usr/bin'));
  symlinkSync('/bin/busybox', join(root, 'usr/bin/env'));

  copyFileSync(process.execPath, join(root, 'usr/local/bin/node'));
  chmodSync(join(root, 'usr/local/bin/node'), 0o755);
  for (const library of await librariesOf(process.execPath)) place(library, root);

  const npm = join(folder, 'npm');
  mkdirSync(npm);
  writeFileSync(join(npm, 'package.json'), '{"private":true}');
  const flags = ['--ignore-scripts', '--no-save', '--no-audit', '--no-fund'];
  await retry(() => must('npm', ['install', ...flags, 'npm@11'], { cwd: npm }));
  cpSync(join(npm, 'node_modules/npm'), join(root, 'usr/local/lib/node_modules/npm'), { recursive: true });
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'));

  // The machine's own certificate authorities: its way to the npm registry may need them.
  place('/etc/ssl/certs/ca-certificates.crt', root);
  writeFileSync(
    join(root, 'usr/local/etc/npmrc'),
    'cafile=/etc/ssl/certs/ca-certificates.crt\nupdate-notifier=false\n',
  );
  writeFileSync(
    join(root, 'etc/passwd'),
    'root:x:0:0::/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n',
  );
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\nnode:x:1000:\n');
  writeFileSync(join(root, 'etc/nsswitch.conf'), 'hosts: files dns\n');

  const dockerfile = [
    'FROM scratch',
    'COPY . /',
    'RUN chown -R node:node /home/node && chmod 1777 /tmp',
    'ENV PATH=/usr/local/bin:/usr/bin:/bin NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt',
    'CMD ["node"]',
  ];
  const file = join(folder, 'base.Dockerfile');
  writeFileSync(file, `${dockerfile.join('\n')}\n`);
  await engine.mustDocker(['build', '-q', '-t', BASE, '-f', file, root]);
}

/** A static busybox: it is all the image has besides Node. */
async function findBusybox(aptFolder: string): Promise<string> {
  const find = async () => (await run('sh', ['-c', 'command -v busybox'])).out;
  const found = await find();
  if (found && (await run('ldd', [found])).code !== 0) return found;
  await (await openApt(aptFolder)).install(['busybox-static']);
  return find();
}

async function librariesOf(program: string): Promise<string[]> {
  const linked = (await must('ldd', [program])).match(/\/\S+/g) ?? [];
  const folder = dirname(linked.find((path) => path.includes('libc.so')) ?? '/lib/none');
  // What the resolver and native packages load while running, so ldd does not tell of it.
  const loaded = ['libnss_dns.so.2', 'libnss_files.so.2', 'libresolv.so.2', 'librt.so.1', 'libgcc_s.so.1'];
  return [...linked, ...loaded.map((name) => join(folder, name)).filter((path) => existsSync(path))];
}

function place(file: string, root: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  copyFileSync(realpathSync(file), join(root, file));
}
