import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram } from './find-program.ts';

const CACHE = fileURLToPath(new URL('../node_modules/.cache/prometheus', import.meta.url));
const CACHED = join(CACHE, 'usr/bin/promtool');

/** The promtool of the PATH, or the one that fetchPromtool has unpacked. */
export function findPromtool(): string | undefined {
  return findProgram('promtool') ?? (existsSync(CACHED) ? CACHED : undefined);
}

/**
 * The same; on a Debian without one, Debian's package is fetched and unpacked below node_modules: installed, it would start a
 * server. Undefined where that fails.
 */
export function fetchPromtool(): string | undefined {
  const found = findPromtool();
  if (found || !existsSync('/etc/debian_version')) return found;
  mkdirSync(CACHE, { recursive: true });
  const run = (command: string, ...args: string[]) =>
    spawnSync(command, args, { cwd: CACHE, stdio: 'ignore', timeout: 240_000 }).status === 0;
  if (!run('apt-get', 'download', 'prometheus')) {
    run('apt-get', 'update', '-qq');
    run('apt-get', 'download', 'prometheus');
  }
  const archive = readdirSync(CACHE).find((name) => name.endsWith('.deb'));
  if (archive) run('dpkg-deb', '-x', archive, '.');
  return findPromtool();
}
