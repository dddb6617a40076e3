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
import { type Engine, openApt } from './engine.ts';
import { must, retry, run } from './run.ts';

export const BASE = 'node:24-alpine';

/**
 * Makes `FROM node:24-alpine` work. Where no image registry can be reached, a stand-in gets the name: busybox, the Node
 * that runs this script, the glibc libraries it links to, and npm. It has no musl.
 * @returns what the name stands for
 */
export async function provideBase(engine: Engine, folder: string): Promise<'official' | 'stand-in'> {
  const isPresent = (await engine.docker(['image', 'inspect', BASE])).code === 0;
  const isAvailable = isPresent || (await engine.docker(['pull', '-q', BASE])).code === 0;
  if (!isAvailable) await makeStandIn(engine, folder);
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
  for (const path of [
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
    mkdirSync(join(root, path), { recursive: true });
  const busybox = await findBusybox(join(folder, 'apt'));
  copyFileSync(busybox, join(root, 'bin/busybox'));
  for (const applet of (await must(busybox, ['--list'])).split('\n'))
    if (applet !== 'busybox') symlinkSync('/bin/busybox', join(root, 'bin', applet));
  mkdirSync(join(root, 'usr/bin'));
  symlinkSync('/bin/busybox', join(root, 'usr/bin/env'));

  copyFileSync(process.execPath, join(root, 'usr/local/bin/node'));
  chmodSync(join(root, 'usr/local/bin/node'), 0o755);
  for (const library of await librariesOf(process.execPath)) copyInto(library, root);

  const npm = join(folder, 'npm');
  mkdirSync(npm);
  writeFileSync(join(npm, 'package.json'), '{"private":true}');
  const flags = ['--ignore-scripts', '--no-save', '--no-audit', '--no-fund'];
  await retry(() => must('npm', ['install', ...flags, 'npm@11'], { cwd: npm }));
  cpSync(join(npm, 'node_modules/npm'), join(root, 'usr/local/lib/node_modules/npm'), { recursive: true });
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'));

  // The machine's certificate authorities: its npm registry or proxy may need them.
  copyInto('/etc/ssl/certs/ca-certificates.crt', root);
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

/** The path of a static busybox. */
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
  // Loaded at run time by the resolver and native packages, so ldd does not list them.
  const loaded = ['libnss_dns.so.2', 'libnss_files.so.2', 'libresolv.so.2', 'librt.so.1', 'libgcc_s.so.1'];
  return [...linked, ...loaded.map((name) => join(folder, name)).filter((path) => existsSync(path))];
}

function copyInto(file: string, root: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  copyFileSync(realpathSync(file), join(root, file));
}

/**
 * Remembers what these image names stand for: an operator's engine runs images of the same names.
 * @returns restores the names and removes the images that only this test built
 */
export async function saveImageNames(engine: Engine, names: string[]): Promise<() => Promise<void>> {
  const idOf = async (name: string) => {
    const { code, out } = await engine.docker(['image', 'inspect', '--format', '{{.Id}}', name]);
    return code === 0 ? out : undefined;
  };
  const before = new Map<string, string | undefined>();
  for (const name of names) before.set(name, await idOf(name));
  return async () => {
    for (const [name, id] of before) {
      const now = await idOf(name);
      if (now === undefined || now === id) continue;
      if (id === undefined) await engine.mustDocker(['rmi', name]);
      else {
        await engine.mustDocker(['tag', id, name]);
        await engine.docker(['rmi', now]);
      }
    }
  };
}
