import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CORE_OPTIONS } from '../chat-core/src/node-options.ts';
import { CIPHER_OPTIONS } from '../cipher-service/src/node-options.ts';
import { findProgram } from './find-program.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'deploy/systemd');
const DROP_IN = 'bisik-.service.d/hardening.conf';
const UNITS = globSync('*.service', { cwd: folder }).sort();

/** The values of each directive of a unit, in the order of the file; the drop-in comes after, as systemd reads it. */
function directives(name: string): Map<string, string[]> {
  const all = new Map<string, string[]>();
  for (const file of name.endsWith('.service') ? [name, DROP_IN] : [name])
    for (const line of readFileSync(join(folder, file), 'utf8').split('\n')) {
      const [, key = '', value = ''] = /^(\w+)=(.*)$/.exec(line) ?? [];
      if (key) all.set(key, [...(all.get(key) ?? []), value]);
    }
  return all;
}
const last = (name: string, key: string) => directives(name).get(key)?.at(-1);

describe('the systemd units', () => {
  it('start each service with the options of Node that its image has', () => {
    const command = (name: string, options: string[], service: string) =>
      expect(last(name, 'ExecStart')).toBe(
        `@/opt/bisik/node_modules/node/bin/node node ${options.join(' ')} ${service}/src/main.ts`,
      );
    command('bisik-core.service', CORE_OPTIONS, 'chat-core');
    command('bisik-cipher.service', CIPHER_OPTIONS, 'cipher-service');
  });

  it('limit memory and processes as the compose file does, and use no swap', () => {
    const { services } = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true });
    for (const [unit, service] of [
      ['bisik-core.service', 'chat-core'],
      ['bisik-cipher.service', 'cipher-service'],
      ['bisik-setup.service', 'setup'],
      ['bisik-backups.service', 'backups'],
    ] as const) {
      const { mem_limit: memory, pids_limit: tasks } = services[service];
      expect([unit, last(unit, 'MemoryMax'), last(unit, 'TasksMax')]).toEqual([
        unit,
        memory.toUpperCase(),
        String(tasks),
      ]);
      expect(last(unit, 'MemorySwapMax')).toBe('0');
    }
  });

  it('hide the keys of each service from the other, and from the cipher the data and all processes', () => {
    for (const unit of UNITS) expect([unit, last(unit, 'User')]).toEqual([unit, 'bisik']);
    expect(last('bisik-core.service', 'InaccessiblePaths')).toBe('/var/lib/bisik/keys/cipher');
    expect(last('bisik-cipher.service', 'InaccessiblePaths')).toBe(
      '/var/lib/bisik/keys/core -/var/lib/bisik/data',
    );
    // Of one user, processes see each other unless each has a user namespace of its own.
    for (const unit of ['bisik-core.service', 'bisik-cipher.service'])
      expect([last(unit, 'PrivateUsers'), last(unit, 'ProtectProc')]).toEqual(['yes', 'invisible']);
    const users = readFileSync(join(folder, 'bisik.sysusers'), 'utf8');
    expect(users).toContain('u bisik - "Bisik" /var/lib/bisik');
  });

  it('let the cipher listen on and reach this machine alone', () => {
    const cipher = directives('bisik-cipher.service');
    expect(cipher.get('Environment')?.join(' ')).toContain('CIPHER_HOST=127.0.0.1');
    expect([cipher.get('IPAddressDeny'), cipher.get('IPAddressAllow')]).toEqual([['any'], ['localhost']]);
  });

  it('write only to their folders, and gain no rights', () => {
    for (const unit of UNITS) {
      expect([unit, last(unit, 'ProtectSystem'), last(unit, 'NoNewPrivileges')]).toEqual([
        unit,
        'strict',
        'yes',
      ]);
      const filters = directives(unit).get('SystemCallFilter') ?? [];
      expect([unit, filters.includes('@system-service')]).toEqual([unit, true]);
    }
    expect(directives('bisik-cipher.service').get('ReadWritePaths')).toEqual([
      '/var/lib/bisik/keys/cipher/counter',
    ]);
    expect(directives('bisik-core.service').get('ReadWritePaths')).toEqual(['/var/lib/bisik/data']);
  });

  it('set nothing that the drop-in, which is read last, sets otherwise', () => {
    const common = directives(DROP_IN);
    for (const unit of UNITS)
      for (const line of readFileSync(join(folder, unit), 'utf8').split('\n'))
        expect([unit, line, common.has(line.split('=')[0] ?? '')]).toEqual([unit, line, false]);
    expect(common.get('CapabilityBoundingSet')).toEqual(['']);
  });

  it('name files of this repository only where they are', () => {
    for (const unit of UNITS)
      for (const command of directives(unit).get('ExecStart') ?? [])
        for (const [file] of command.matchAll(/[\w./-]+\.(ts|sh)\b/g))
          expect([unit, file, globSync(file, { cwd: root })]).toEqual([unit, file, [file]]);
  });
});

/** systemd-analyze reads units from a folder of their own, in which the program that they start is there. */
describe.runIf(findProgram('systemd-analyze'))('systemd-analyze', () => {
  let copy: string;
  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'bisik-units-'));
    cpSync(folder, copy, { recursive: true });
    for (const unit of UNITS) {
      const text = readFileSync(join(copy, unit), 'utf8');
      writeFileSync(
        join(copy, unit),
        text.replaceAll('/opt/bisik/node_modules/node/bin/node', process.execPath),
      );
    }
  });
  afterAll(() => rmSync(copy, { recursive: true }));
  const analyze = (...args: string[]) =>
    spawnSync('systemd-analyze', args, {
      cwd: copy,
      encoding: 'utf8',
      env: { ...process.env, PAGER: 'cat' },
    });

  it('finds nothing wrong with the units', () => {
    const names = UNITS.map((name) => `./${name.replace('@', '@core')}`);
    const { stderr, status } = analyze('verify', '--man=no', ...names, './bisik-health@core.timer');
    expect([stderr.replace(/^.*(Failed to (connect|prepare)|SO_PASSCRED).*\n/gm, ''), status]).toEqual([
      '',
      0,
    ]);
  });

  it.each([
    ['bisik-core.service', 16],
    ['bisik-cipher.service', 14],
    ['bisik-setup.service', 13],
    ['bisik-backups.service', 17],
  ])('rates the exposure of %s at most %i tenths of ten', (unit, tenths) => {
    const run = analyze('security', '--offline=true', `--threshold=${tenths}`, `./${unit}`);
    expect([run.stdout.split('\n').filter((line) => line.includes('Overall')), run.status]).toEqual([
      [expect.stringContaining(unit)],
      0,
    ]);
    // The premise: without the drop-in the same unit is rated far worse.
    rmSync(join(copy, 'bisik-.service.d/hardening.conf'));
    const bare = analyze('security', '--offline=true', `--threshold=${tenths}`, `./${unit}`);
    cpSync(join(folder, DROP_IN), join(copy, DROP_IN));
    expect(bare.status).not.toBe(0);
  });
});
