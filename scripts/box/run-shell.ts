/** Runs the functions of `./bisik` that need no engine. */
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const SCRIPTS = ['bisik', ...globSync('box/*.sh', { cwd: ROOT })];
const isThere = (program: string) => spawnSync(program, ['--help']).error === undefined;
/** dash or bash, and busybox where there is one. */
export const SHELLS = [['sh'], ...(isThere('busybox') ? [['busybox', 'sh']] : [])];

/** For the settings of the box of these runs; whoever imports this removes it. */
export const folder = mkdtempSync(join(tmpdir(), 'bisik-shell-'));

/** Runs commands after all functions of `bisik` and of the named parts; its last line, the call of `main`, is left out. */
export function shell([program = 'sh', ...words]: string[], commands: string, env: NodeJS.ProcessEnv = {}) {
  const parts = ['network', 'tunnel', 'manage', 'doctor', 'volumes', 'update', 'backup'].map(
    (name) => `. '${ROOT}box/${name}.sh'`,
  );
  const front = readFileSync(join(ROOT, 'bisik'), 'utf8').replace(/\nmain "\$@"\n$/, '\n');
  const text = [front, `dir='${folder}' assume_yes=yes force=no`, ...parts, commands].join('\n');
  const { stdout, stderr, status } = spawnSync(program, [...words, '-c', text], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { output: stdout.trim(), errors: stderr.trim(), status };
}
