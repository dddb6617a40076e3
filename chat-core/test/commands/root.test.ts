import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, lstatSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { openLowdbStore } from '../../src/storage/lowdb/lowdb-store.ts';
import { runFile } from '../support/command.ts';

const OWNER = 12_345;
const isRoot = process.getuid?.() === 0;
if (!isRoot) console.warn('NOT CHECKED: only root can run a command upon another user’s box.');

let folder: string;
let env: Record<string, string>;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bisik-root-'));
  const [dataDir, keysDir] = [join(folder, 'data'), join(folder, 'keys')];
  env = { DATA_DIR: dataDir, KEYS_DIR: keysDir };
  cpSync(inject('keysDir'), keysDir, { recursive: true });
  await (await openLowdbStore(dataDir, { now: Date.now })).close();
  if (isRoot) execFileSync('chown', ['-R', `${OWNER}:${OWNER}`, folder]);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What root owns of the box. */
const ofRoot = () =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => lstatSync(join(folder, name)).uid === 0,
  );

/** The same command as the box's owner runs it. */
function asOwner(name: string, ...words: string[]): { status: number | null; output: string } {
  const file = fileURLToPath(new URL(`../../src/commands/${name}.ts`, import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...words], {
    uid: OWNER,
    gid: OWNER,
    env: { PATH: process.env.PATH, ...env },
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
}

describe.runIf(isRoot)('root upon the stopped box of another user', () => {
  it.each([
    ['invite', []],
    ['verify', ['--sample', '0']],
    ['repair', ['--yes']],
    ['backup', ['--new-recovery-key']],
  ])('leaves a box that its owner can start again after %s', async (name, words) => {
    expect((await runFile(name, words, env)).code).toBe(0);
    expect(ofRoot()).toEqual([]);
    expect(asOwner('invite')).toMatchObject({ status: 0 });
    expect(asOwner('invite', '--list').output).toMatch(/0 of 1 used/);
  });

  it('reads why a file of its own cannot be opened', async () => {
    const own = mkdtempSync(join(tmpdir(), 'bisik-of-root-'));
    writeFileSync(join(own, 'db.json'), '{}');
    const { code, output } = await runFile('import', [join(own, 'db.json')], env);
    expect(code).toBe(1);
    expect(output).toContain(`db.json is not open to user ${OWNER}, who owns DATA_DIR`);
    rmSync(own, { recursive: true });
  });
});

it('a command of the owner runs as ever', async () => {
  if (isRoot) execFileSync('chown', ['-R', '0:0', folder]);
  expect((await runFile('invite', [], env)).code).toBe(0);
  expect(ofRoot().length > 0).toBe(isRoot);
});
