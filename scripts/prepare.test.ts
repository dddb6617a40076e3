import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

it('nothing is installed through a node_modules that is a link: the packages behind it stay', () => {
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
  'npm run %s in a clone that npm may not prepare says in one sentence what it lacks',
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
