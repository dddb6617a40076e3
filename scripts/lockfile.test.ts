import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

type Entry = { optionalDependencies?: Record<string, string> };
type Lockfile = { packages: Record<string, Entry> };

/** Every optional package that a package of the lock file names and the lock file does not hold. */
function unlocked({ packages }: Lockfile): string[] {
  return Object.entries(packages).flatMap(([holder, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter((name) => !resolves(packages, holder, name)),
  );
}

/** Node's own rule: the holder's node_modules, then that of each folder above. */
function resolves(packages: Lockfile['packages'], holder: string, name: string): boolean {
  for (let folder = holder; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    if (packages[`${folder && `${folder}/`}node_modules/${name}`]) return true;
    if (folder === '') return false;
  }
}

// `npm ci` refuses a lock file without the binaries of the platforms it does not run on, and `npm install` drops them
// where the registry does not hand them out.
test('the lock file holds the binaries of every platform, so that npm ci takes it everywhere', () => {
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
