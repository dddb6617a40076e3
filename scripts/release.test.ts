import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { imagesOf, notesOf, versionOf } from './release.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const CHANGELOG = `# Changelog

## Unreleased

### Added
- Later.

## 1.3.0 - 2026-12-01

### Added
- A thing.

### Upgrade notes
- Nothing to do.

## 1.2.0 - 2026-11-01

- Before.
`;
const DIGEST = `sha256:${'0a'.repeat(32)}`;

it('a tag is a release when all package files and the changelog name its version', () => {
  const files = { 'package.json': '1.3.0', 'chat-core/package.json': '1.3.0' };
  expect(versionOf('v1.3.0', files, CHANGELOG)).toBe('1.3.0');
  expect(() => versionOf('v1.3.0', { ...files, 'x/package.json': '1.2.0' }, CHANGELOG)).toThrow(
    'x/package.json has the version 1.2.0',
  );
  expect(() => versionOf('v1.4.0', {}, CHANGELOG)).toThrow('CHANGELOG.md says nothing of 1.4.0');
  for (const tag of ['1.3.0', 'v1.3', 'v1.3.0+build', 'v1.3.0 $(id)'])
    expect(() => versionOf(tag, {}, CHANGELOG)).toThrow('is no tag');
});

it('the notes of a release are its part of the changelog', () => {
  expect(notesOf('1.3.0', CHANGELOG)).toBe('### Added\n- A thing.\n\n### Upgrade notes\n- Nothing to do.');
  expect(notesOf('1.2.0', CHANGELOG)).toBe('- Before.');
  expect(notesOf('1.3', CHANGELOG)).toBe('');
});

it('a release names both images with their digests, and no others', () => {
  const core = `ghcr.io/someone/bisik-core@${DIGEST}`;
  const cipher = `ghcr.io/someone/bisik-cipher@${DIGEST}`;
  expect(imagesOf([cipher, core])).toEqual({ 'bisik-core': core, 'bisik-cipher': cipher });
  expect(() => imagesOf([core])).toThrow('bisik-cipher is missing');
  for (const odd of ['ghcr.io/someone/bisik-core:1.3.0', `ghcr.io/someone/other@${DIGEST}`, core])
    expect(() => imagesOf([core, odd])).toThrow('is no image of a release');
});

it('all package files of the repository, and the script bisik, have one version', () => {
  const run = spawnSync(process.execPath, ['scripts/release.ts', 'version', 'v0.0.0'], { cwd: root });
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  expect(run.stderr.toString()).toContain(`package.json has the version ${version}, not 0.0.0`);
  const same = spawnSync(process.execPath, ['scripts/release.ts', 'version', `v${version}`], { cwd: root });
  expect(same.stderr.toString()).not.toContain('has the version');
});

it('the files of a release are written from what the builds left', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bisik-release-'));
  try {
    for (const name of ['images', 'out']) mkdirSync(join(folder, name));
    const names = ['bisik-cipher', 'bisik-core'].map((name) => `ghcr.io/someone/${name}@${DIGEST}`);
    for (const name of names)
      writeFileSync(join(folder, 'images', `${/bisik-\w+/.exec(name)}.image`), `${name}\n`);
    const args = ['scripts/release.ts', 'files', '1.3.0', join(folder, 'images'), join(folder, 'out')];
    const run = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(readFileSync(join(folder, 'out/images.txt'), 'utf8')).toBe(`${names.join('\n')}\n`);
    const script = readFileSync(join(folder, 'out/bisik'), 'utf8').split('\n');
    const lines = ['VERSION=1.3.0', `CIPHER_IMAGE=${names[0]}`, `CORE_IMAGE=${names[1]}`];
    expect(script).toEqual(expect.arrayContaining(lines));
    expect(spawnSync('sh', [join(folder, 'out/bisik'), 'version']).stdout.toString()).toBe('1.3.0\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
