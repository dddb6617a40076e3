import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import {
  type Lockfile,
  lockedPackages,
  loosePins,
  packagesInSbom,
  refusedLicences,
  undecidedScripts,
} from './supply-chain.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (name: string) => JSON.parse(readFileSync(`${root}${name}`, 'utf8'));
const lockfile: Lockfile = read('package-lock.json');
const { allowScripts, workspaces } = read('package.json');

it('every package file pins exact versions', () => {
  for (const folder of ['.', ...workspaces])
    expect([folder, loosePins(read(`${folder}/package.json`))]).toEqual([folder, []]);
  const loose = { dependencies: { a: '^1.2.3', b: '1.2.3', c: '1.x' }, devDependencies: { d: 'latest' } };
  expect(loosePins(loose)).toEqual(['a@^1.2.3', 'c@1.x', 'd@latest']);
});

it('every package of the lock file has a licence that is allowed', () => {
  expect(refusedLicences(lockfile)).toEqual([]);
  const packages = {
    'node_modules/a': { license: 'GPL-3.0-only' },
    'node_modules/b/node_modules/@c/d': {},
    'node_modules/e': { license: '(GPL-2.0 OR MIT)' },
    'node_modules/f': { license: 'MIT AND GPL-2.0' },
  };
  expect(refusedLicences({ packages })).toEqual(['a: GPL-3.0-only', '@c/d: none', 'f: MIT AND GPL-2.0']);
});

it('package.json decides on the install script of each package that has one', () => {
  expect(undecidedScripts(lockfile, allowScripts)).toEqual([]);
  // The premise: there are some, and a new one would be found.
  expect(undecidedScripts(lockfile, {}).length).toBeGreaterThan(1);
});

it('the CycloneDX document that npm run sbom prints lists the packages of the lock file, and no other', () => {
  const { stdout } = spawnSync('npm', ['run', '--silent', 'sbom'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  const listed = packagesInSbom(stdout);
  expect(listed.length).toBeGreaterThan(300);
  expect(listed).toEqual(lockedPackages(lockfile));
});

// Of these alone the lists of packages in the images and the advisories know that they reach people.
it('what the page imports from packages is among its dependencies, not among those for tests', () => {
  const files = globSync('chat-frontend/src/**/*.ts', {
    cwd: root,
    exclude: (name) => name.endsWith('.test.ts'),
  });
  const imported = files.flatMap((file) => {
    const text = readFileSync(`${root}${file}`, 'utf8');
    const targets = [...text.matchAll(/(?:from|import\()\s*'([^'.][^'\s]*)'/g)].map(
      ([, target = '']) => target,
    );
    return targets.map((target) => /^(@[^/]+\/)?[^/]+/.exec(target)?.[0] ?? '');
  });
  const { dependencies } = read('chat-frontend/package.json');
  expect([...new Set(imported)].sort()).toEqual(Object.keys(dependencies).sort());
});
