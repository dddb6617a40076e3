import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

type Entry = { optionalDependencies?: Record<string, string> };
type Lockfile = { packages: Record<string, Entry> };

/** Optional dependencies that packages of the lock file name and that are not in the lock file. */
function unlocked({ packages }: Lockfile): string[] {
  return Object.entries(packages).flatMap(([owner, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter((name) => !resolves(packages, owner, name)),
  );
}

/** Node's resolution: the node_modules of the package, then that of each folder above. */
function resolves(packages: Lockfile['packages'], owner: string, name: string): boolean {
  for (let folder = owner; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    if (packages[`${folder && `${folder}/`}node_modules/${name}`]) return true;
    if (folder === '') return false;
  }
}

// `npm ci` refuses a lock file that lacks the binaries of other platforms, and `npm install` drops them when the registry
// does not serve them.
test('the lock file contains the binaries of all platforms, so that npm ci accepts it on each', () => {
  const lockfile: Lockfile = JSON.parse(
    readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'),
  );
  const named = Object.values(lockfile.packages).flatMap((entry) =>
    Object.keys(entry.optionalDependencies ?? {}),
  );
  expect(named.length).toBeGreaterThan(10);
  expect(unlocked(lockfile)).toEqual([]);

  const missing = structuredClone(lockfile);
  delete missing.packages['node_modules/@biomejs/cli-linux-arm64-musl'];
  expect(unlocked(missing)).toEqual(['@biomejs/cli-linux-arm64-musl']);
});
