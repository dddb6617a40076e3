import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, lstatSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { openLowdbStore } from '../../src/storage/lowdb/lowdb-store.ts';
import { readStorageKey } from '../../src/storage/lowdb/storage-key.ts';
import { runFile } from '../support/command.ts';

const OWNER = 12_345;
const isRoot = process.getuid?.() === 0;
if (!isRoot) console.warn('NOT CHECKED: only root can run a command on the box of another user.');

let folder: string;
let env: Record<string, string>;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bisik-root-'));
  const [dataDir, keysDir] = [join(folder, 'data'), join(folder, 'keys')];
  env = { DATA_DIR: dataDir, KEYS_DIR: keysDir };
  cpSync(inject('keysDir'), keysDir, { recursive: true });
  await (await openLowdbStore(dataDir, { now: Date.now, key: readStorageKey(keysDir) })).close();
  if (isRoot) execFileSync('chown', ['-R', `${OWNER}:${OWNER}`, folder]);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Files of the box that root owns. */
const ownedByRoot = () =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => lstatSync(join(folder, name)).uid === 0,
  );

/** Runs a command as the owner of the box. */
function runAsOwner(name: string, ...args: string[]): { status: number | null; output: string } {
  const file = fileURLToPath(new URL(`../../src/commands/${name}.ts`, import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...args], {
    uid: OWNER,
    gid: OWNER,
    env: { PATH: process.env.PATH, ...env },
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
}

describe.runIf(isRoot)('commands of root on the stopped box of another user', () => {
  it.each([
    ['invite', []],
    ['verify', ['--sample', '0']],
    ['repair', ['--yes']],
    ['backup', ['--new-recovery-key']],
  ])('after %s by root the owner of the box can start it again', async (name, args) => {
    expect((await runFile(name, args, env)).code).toBe(0);
    expect(ownedByRoot()).toEqual([]);
    expect(runAsOwner('invite')).toMatchObject({ status: 0 });
    expect(runAsOwner('invite', '--list').output).toMatch(/0 of 1 used/);
  });

  it('an import of a file that the owner of the box cannot read is refused in a sentence', async () => {
    const own = mkdtempSync(join(tmpdir(), 'bisik-of-root-'));
    writeFileSync(join(own, 'db.json'), '{}');
    const { code, output } = await runFile('import', [join(own, 'db.json')], env);
    expect(code).toBe(1);
    expect(output).toContain(`db.json is not open to user ${OWNER}, who owns DATA_DIR`);
    rmSync(own, { recursive: true });
  });
});

it('a command of the owner runs as the owner', async () => {
  if (isRoot) execFileSync('chown', ['-R', '0:0', folder]);
  expect((await runFile('invite', [], env)).code).toBe(0);
  expect(ownedByRoot().length > 0).toBe(isRoot);
});
