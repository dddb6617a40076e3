/** Each finding of `./bisik doctor`, by making the fault on a box that `./bisik install` made. */
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { InstalledBox } from './check-install.ts';
import { docker, run, type Section, tryRun } from './harness.ts';

/** A disk of its own, in memory, which a test can fill and make read-only. */
const DISK_MB = 120;

/** Makes one fault after the other, each repaired before the next; ends with the box removed. */
export async function checkDoctor(box: InstalledBox, { check, show }: Section): Promise<void> {
  await docker(
    ...['volume', 'create', '--name', `${box.project}_data`, '-o', 'type=tmpfs', '-o', 'device=tmpfs'],
    ...['-o', `o=size=${DISK_MB}m,uid=1000,gid=1000,mode=700`],
    ...['--label', `com.docker.compose.project=${box.project}`, '--label', 'com.docker.compose.volume=data'],
  );
  await box.bisik('install', '--yes', '--set', `COMPOSE_PROJECT_NAME=${box.project}`);
  const core = box.container('chat-core');
  const cipher = box.container('cipher-service');
  const well = await box.bisik('doctor');
  show(well.output);
  check(
    'doctor finds nothing on a new box',
    well.code === 0 && well.output.endsWith('Nothing is wrong.'),
    well.output,
  );

  /** Makes a fault, asks the doctor and repairs it. The sentence is that of the one finding. */
  const fault = async (
    what: string,
    make: () => Promise<unknown>,
    sentence: string,
    repair: () => Promise<unknown>,
  ) => {
    await make();
    const { code, output } = await box.bisik('doctor');
    await repair();
    const found = output.split('\n').filter((line) => line.startsWith('✗'));
    check(
      `doctor finds ${what}`,
      code === 1 && found.some((line) => line.includes(sentence)),
      found.join(' '),
    );
  };
  const start = () => box.bisik('start');
  const set = (name: string, value: string) => box.bisik('install', '--yes', '--set', `${name}=${value}`);
  const file = join(box.folder, '.env');
  const settings = readFileSync(file, 'utf8');
  const restore = async () => writeFileSync(file, settings, { mode: 0o600 });
  const inCore = (command: string) => docker('exec', core, 'sh', '-c', command);

  await fault('a core that is down', () => docker('stop', core), 'chat-core does not run', start);
  await fault('a cipher that is down', () => docker('stop', cipher), 'cipher-service does not run', start);
  const backend = `${box.project}_backend`;
  await fault(
    'a cipher that the core does not reach',
    () => docker('network', 'disconnect', backend, cipher),
    'chat-core does not reach cipher-service',
    () => docker('network', 'connect', '--alias', 'cipher-service', backend, cipher),
  );
  await fault(
    'a full disk',
    () => inCore('dd if=/dev/zero of=/data/other-program bs=1M 2>/dev/null || true'),
    'The disk is full',
    () => inCore('rm /data/other-program'),
  );
  const mount = await docker('volume', 'inspect', '--format', '{{.Mountpoint}}', `${box.project}_data`);
  await fault(
    'a read-only disk',
    () => run('mount', ['-o', 'remount,ro', mount]),
    'The disk is read-only',
    () => run('mount', ['-o', 'remount,rw', mount]),
  );
  await fault(
    'settings that others can read',
    () => run('chmod', ['644', file]),
    'can be read by others',
    () => run('chmod', ['600', file]),
  );
  await fault(
    'another image than .env names',
    async () =>
      writeFileSync(file, settings.replace(`IMAGE=${box.images.core}`, `IMAGE=${box.images.cipher}`)),
    'runs another image',
    restore,
  );
  await fault(
    'an image that is gone',
    async () => writeFileSync(file, settings.replace(`IMAGE=${box.images.core}`, 'IMAGE=bisik-core:gone')),
    'not on this box any more',
    restore,
  );
  await fault(
    'an invalid setting',
    () => set('EDIT_MINUTES', 'soon'),
    'EDIT_MINUTES',
    async () => {
      await restore();
      await start();
    },
  );
  const other = createServer();
  const port = await new Promise<number>((resolve) =>
    other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port)),
  );
  await fault(
    'a port that another program uses',
    () => set('CORE_PORT', String(port)),
    'another program uses its port',
    async () => {
      other.close();
      await restore();
      await start();
    },
  );
  await checkKeyFaults(box, fault, check);
  await checkMachineFaults(box, check);
  await box.remove();
}

type Fault = (
  what: string,
  make: () => Promise<unknown>,
  sentence: string,
  repair: () => Promise<unknown>,
) => Promise<void>;

/** Certificates and backups: files in the key volume are replaced by a container that may write it. */
async function checkKeyFaults(box: InstalledBox, fault: Fault, check: Section['check']): Promise<void> {
  const inKeys = (command: string) =>
    docker(
      ...['run', '--rm', '--network', 'none', '--user', '0', '--entrypoint', 'sh'],
      ...['-v', `${box.project}_core-keys:/keys/core`, box.images.core, '-c', command],
    );
  // The end of the certificate's validity, in the text of its DER form: a reader of the dates needs no signature.
  const expire = `const fs = require('node:fs'); const path = '/keys/core/client.pem'; fs.copyFileSync(path, path + '.good');
    const der = Buffer.from(fs.readFileSync(path, 'utf8').replace(/-----.*-----|\\n/g, ''), 'base64').toString('latin1');
    const old = Buffer.from(der.replace(/2\\d{3}(\\d{10}Z)/, '2020$1'), 'latin1').toString('base64');
    fs.writeFileSync(path, '-----BEGIN CERTIFICATE-----\\n' + old + '\\n-----END CERTIFICATE-----\\n');`;
  await fault(
    'a certificate that has ended',
    () => inKeys(`node -e "$(echo ${Buffer.from(expire).toString('base64')} | base64 -d)"`),
    'The certificate of chat-core has ended',
    () => inKeys('cp -p /keys/core/client.pem.good /keys/core/client.pem; rm /keys/core/client.pem.good'),
  );
  await inKeys('touch -d "2026-01-02 00:00:00" /keys/core/ca.pem');
  const nothing = async () => {};
  await fault('a box without a backup', nothing, 'There is no backup', nothing);
  const folder = join(box.folder, 'backups');
  mkdirSync(folder);
  const backup = join(folder, 'bisik-2026-01-02.age');
  writeFileSync(backup, '');
  const old = Date.now() / 1000 - 20 * 86_400;
  utimesSync(backup, old, old);
  await fault('an old backup', nothing, 'days old', nothing);
  writeFileSync(join(folder, 'bisik-new.age'), '');
  const { code, output } = await box.bisik('doctor');
  check(
    'doctor is content with a new backup',
    code === 0 && output.includes('a backup of this week'),
    output,
  );
}

/** An engine that is away, a clock of 1970, and too little memory: programs and a file that say so stand in for the real ones. */
async function checkMachineFaults(box: InstalledBox, check: Section['check']): Promise<void> {
  const away = await tryRun('sh', ['./bisik', 'doctor'], {
    cwd: box.folder,
    env: { DOCKER_HOST: 'unix:///nonexistent/docker.sock' },
  });
  check(
    'doctor finds an engine that is away',
    away.code === 1 && away.output.includes('Docker does not run'),
    away.output,
  );
  const bin = join(box.folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'date'), '#!/bin/sh\n[ "$1" = +%s ] && echo 86400 || echo 1970-01-02\n', {
    mode: 0o755,
  });
  const early = await tryRun('sh', ['./bisik', 'doctor'], {
    cwd: box.folder,
    env: { PATH: `${bin}:${process.env.PATH}` },
  });
  check(
    'doctor finds a clock of 1970',
    early.code === 1 && early.output.includes('1970-01-02'),
    early.output,
  );
  const memory = join(box.folder, 'meminfo');
  writeFileSync(memory, 'MemTotal: 262144 kB\nMemAvailable: 32768 kB\n');
  const small = await tryRun('sh', ['./bisik', 'doctor'], { cwd: box.folder, env: { MEMINFO: memory } });
  check(
    'doctor finds too little memory, of the machine and left',
    small.code === 1 && small.output.includes('256 MB of memory') && small.output.includes('Only 32 MB'),
    small.output,
  );
}
