/** The copy that `./bisik update` makes of the volumes and puts back, by dash and by busybox where there is one. */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const SCRIPT = readFileSync(new URL('../../box/volumes.sh', import.meta.url), 'utf8');
const isThere = (program: string) => spawnSync(program, ['--help']).error === undefined;
const SHELLS = [['sh'], ...(isThere('busybox') ? [['busybox', 'sh']] : [])];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bisik-volumes-'));
  const files = {
    'data/meta.json': '{"version":7,"epoch":"x"}',
    'data/messages/a/0001.json': 'old messages',
    'data/journal/00000001.jsonl': 'old journal',
    'data/attachments/a/1': 'a file',
    'data/audit/trail': 'audit',
    'data/before-restore-1/meta.json': 'put aside',
    'core-keys/token.key': 'old token key',
    'cipher-keys/keyring.json': 'old keyring',
    'cipher-keys/counter/.keep': '',
    'counter/positions': 'old positions',
  };
  for (const [path, text] of Object.entries(files)) write(path, text);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), text);
}

/** Runs one of the scripts on the folder; `before` stands before it. */
function run([program = 'sh', ...words]: string[], name: string, before = '', script = SCRIPT) {
  const text = `set -eu\n${script}\n${before}\neval "$NAMES"\neval "$${name}"`;
  return spawnSync(program, [...words, '-c', text], { env: { PATH: process.env.PATH, ROOT: folder } }).status;
}

function contents(): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  const paths = files.map((one) => join(one.parentPath, one.name)).sort();
  return Object.fromEntries(paths.map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]));
}

/** What a new version does before its check fails. */
function writeAsNewVersion(): void {
  write('data/meta.json', '{"version":8,"epoch":"x"}');
  writeFileSync(join(folder, 'data/journal/00000001.jsonl'), 'new journal, written in place');
  rmSync(join(folder, 'data/messages'), { recursive: true });
  write('data/rooms/0001.json', 'new pages');
  rmSync(join(folder, 'data/attachments/a/1'));
  write('data/audit/trail', 'audit, and a start');
  write('core-keys/token.key', 'new token key');
  write('counter/positions', 'new positions');
}

describe.each(SHELLS.map((words) => [words.join(' '), words] as const))('in %s', (_, program) => {
  test('a copy that is put back undoes all that a new version wrote, and keeps the audit trail', () => {
    const before = contents();
    expect(run(program, 'KEEP')).toBe(0);
    const copied = statSync(join(folder, 'data/.before-update/attachments/a/1'));
    expect(copied.ino).toBe(statSync(join(folder, 'data/attachments/a/1')).ino);
    expect(readdirSync(join(folder, 'data/.before-update'))).not.toContain('before-restore-1');
    writeAsNewVersion();
    expect(contents()).not.toMatchObject(before);
    expect(run(program, 'PUT_BACK')).toBe(0);
    expect(contents()).toEqual({ ...before, 'data/audit/trail': 'audit, and a start' });
  });

  test('putting back may be cut off at any step and begun again', () => {
    const before = contents();
    run(program, 'KEEP');
    writeAsNewVersion();
    const start = `${folder}-start`;
    cpSync(folder, start, { recursive: true });
    let steps = 1;
    for (; ; steps += 1) {
      const cut = `left=${steps}; step() { left=$((left - 1)); [ $left -gt 0 ] || exit 9; }
        mv() { step; command mv "$@"; }; rm() { step; command rm "$@"; }`;
      const status = run(program, 'PUT_BACK', cut);
      expect(run(program, 'PUT_BACK')).toBe(0);
      expect(contents()).toEqual({ ...before, 'data/audit/trail': 'audit, and a start' });
      if (status === 0) break;
      expect(status).toBe(9);
      rmSync(folder, { recursive: true });
      cpSync(start, folder, { recursive: true });
    }
    rmSync(start, { recursive: true });
    expect(steps).toBeGreaterThan(10);
  });

  test('control: without the list of names, a second run would remove what the first has put back', () => {
    run(program, 'KEEP');
    writeAsNewVersion();
    const blind = SCRIPT.replace(/^ *if grep -qxF .*$/m, '');
    expect(blind).not.toBe(SCRIPT);
    const cut = 'mv() { command mv "$@"; case $2 in */data/) exit 9 ;; esac; }';
    expect(run(program, 'PUT_BACK', cut, blind)).toBe(9);
    const afterOne = readdirSync(join(folder, 'data'));
    run(program, 'PUT_BACK', '', blind);
    expect(readdirSync(join(folder, 'data'))).not.toEqual(expect.arrayContaining(afterOne));
  });

  test('without room for the copy nothing is written, and the exit code is 1', () => {
    const before = contents();
    const full = 'df() { echo head; echo "/dev/x 100000 60000 40000 60% /"; }';
    expect(run(program, 'KEEP', full)).toBe(1);
    expect(contents()).toEqual(before);
  });

  test('a copy that is not needed any more leaves nothing', () => {
    const before = contents();
    run(program, 'KEEP');
    expect(run(program, 'FORGET')).toBe(0);
    expect(contents()).toEqual(before);
  });
});
