import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

/** The npm scripts that do not run prepare.mjs first, but those that need npm alone. */
function unprepared(scripts: Record<string, string>): string[] {
  const prepares = (name: string) => /^node scripts\/prepare\.mjs( |$)/.test(scripts[`pre${name}`] ?? '');
  const isPreparation = (name: string) => name.startsWith('pre') && Object.hasOwn(scripts, name.slice(3));
  const needsNpmAlone = (name: string) => /^npm sbom /.test(scripts[name] ?? '');
  return Object.keys(scripts).filter(
    (name) => !isPreparation(name) && !prepares(name) && !needsNpmAlone(name),
  );
}

it('every npm script installs what it needs first, so that it works in a fresh clone on Node 20', () => {
  const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(['start', 'test', 'test:box', 'backup']));
  expect(unprepared(scripts)).toEqual([]);
  expect(unprepared({ ...scripts, 'pretest:box': 'echo', preview: 'node x.ts' })).toEqual([
    'test:box',
    'preview',
  ]);
});

const REFUSAL = /^node_modules is not what package-lock\.json asks for: run [^\n]*\n$/;

it('prepare installs once, only without --check, and prints to standard error, because a backup may follow on standard output', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bisik-prepare-'));
  mkdirSync(join(folder, 'scripts'));
  writeFileSync(join(folder, 'package-lock.json'), '{}');
  const script = join(folder, 'scripts', 'prepare.mjs');
  copyFileSync(fileURLToPath(new URL('prepare.mjs', import.meta.url)), script);
  const npm = join(folder, 'npm.mjs');
  writeFileSync(
    npm,
    `import { mkdirSync, symlinkSync } from 'node:fs';
    mkdirSync('node_modules/.bin', { recursive: true });
    symlinkSync(process.execPath, 'node_modules/.bin/node');
    console.log('added 200 packages');`,
  );
  const prepare = (...args: string[]) =>
    spawnSync(process.execPath, [script, ...args], { encoding: 'utf8', env: { npm_execpath: npm } });

  expect(prepare('--check')).toMatchObject({ status: 1, stdout: '', stderr: expect.stringMatching(REFUSAL) });
  const first = prepare();
  expect(first.stdout).toBe('');
  expect(first.stderr).toMatch(/^Installing what Bisik needs …\nadded 200 packages\n$/);
  expect(prepare()).toMatchObject({ status: 0, stdout: '', stderr: '' });
  expect(prepare('--check')).toMatchObject({ status: 0, stderr: '' });
  rmSync(folder, { recursive: true });
});

it('prepare installs nothing through a node_modules that is a link, and leaves the packages behind it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bisik-prepare-'));
  const [clone, worktree] = [join(folder, 'clone'), join(folder, 'worktree')];
  mkdirSync(join(clone, 'node_modules', 'theirs'), { recursive: true });
  mkdirSync(join(worktree, 'scripts'), { recursive: true });
  symlinkSync(join(clone, 'node_modules'), join(worktree, 'node_modules'));
  writeFileSync(join(worktree, 'package.json'), '{"name":"x","version":"1.0.0"}');
  const lock =
    '{"name":"x","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"x","version":"1.0.0"}}}';
  writeFileSync(join(worktree, 'package-lock.json'), lock);
  const script = join(worktree, 'scripts', 'prepare.mjs');
  copyFileSync(fileURLToPath(new URL('prepare.mjs', import.meta.url)), script);

  const { status, stderr, stdout } = spawnSync(process.execPath, [script], { encoding: 'utf8' });

  expect(status).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^node_modules is a link .*\n$/);
  expect(existsSync(join(clone, 'node_modules', 'theirs'))).toBe(true);
  rmSync(folder, { recursive: true });
});

it.each(['start', 'invite', 'backup', 'test'])(
  'npm run %s in a clone that npm may not prepare prints in one sentence what is missing',
  (name) => {
    const clone = mkdtempSync(join(tmpdir(), 'bisik-unprepared-'));
    const root = fileURLToPath(new URL('..', import.meta.url));
    for (const part of [
      'package.json',
      'package-lock.json',
      'scripts',
      'chat-core/src',
      'cipher-service/src',
    ])
      cpSync(join(root, part), join(clone, part), { recursive: true });

    const { status, stderr, stdout } = spawnSync('npm', ['run', '--silent', name], {
      cwd: clone,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: clone, npm_config_ignore_scripts: 'true' },
    });

    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^Bisik is not prepared: .*ignore-scripts.*\n$/);
    rmSync(clone, { recursive: true });
  },
);
