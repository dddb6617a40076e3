import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ownFolder, placeFile, sweepTemporary } from './durable.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'bisik-durable-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

test('a placed file is complete, accessible to its owner only, and leaves no temporary file', () => {
  expect(placeFile(join(dir, 'key'), 'secret')).toBe(true);
  expect(readFileSync(join(dir, 'key'), 'utf8')).toBe('secret');
  expect(mode(join(dir, 'key'))).toBe('600');
  expect(readdirSync(dir)).toEqual(['key']);
});

test('an existing file is never changed', () => {
  writeFileSync(join(dir, 'key'), 'first', { mode: 0o644 });
  expect(placeFile(join(dir, 'key'), 'second')).toBe(false);
  expect(readFileSync(join(dir, 'key'), 'utf8')).toBe('first');
  expect(mode(join(dir, 'key'))).toBe('644');
});

test('a file that cannot be placed is an error and leaves no temporary file', () => {
  expect(() => placeFile(join(dir, 'nowhere', 'key'), 'secret')).toThrow(/ENOENT/);
  expect(readdirSync(dir)).toEqual([]);
});

test('folders are created for their owner only, and existing ones get the same mode', () => {
  ownFolder(join(dir, 'a', 'b'));
  expect([mode(join(dir, 'a')), mode(join(dir, 'a', 'b'))]).toEqual(['700', '700']);
  mkdirSync(join(dir, 'open'));
  chmodSync(join(dir, 'open'), 0o755);
  ownFolder(join(dir, 'open'));
  expect(mode(join(dir, 'open'))).toBe('700');
});

test('temporary files of a power failure are removed, other files stay', () => {
  for (const name of ['key', 'key.0c5e.tmp']) writeFileSync(join(dir, name), 'x');
  sweepTemporary(dir);
  expect(readdirSync(dir)).toEqual(['key']);
});
