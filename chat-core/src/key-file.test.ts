import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readTokenKeys } from './auth/tokens.ts';
import { openCipher } from './cipher/client.ts';
import { readKeyFile } from './key-file.ts';
import { createLog } from './log.ts';
import { readPushKey } from './push/vapid-key.ts';

let keysDir: string;
beforeEach(() => {
  keysDir = mkdtempSync(join(tmpdir(), 'bisik-key-file-'));
});
afterEach(() => rmSync(keysDir, { recursive: true }));

it('a key that is missing or no file is refused in a sentence with KEYS_DIR, the file and a remedy', () => {
  const readers: [string, () => unknown][] = [
    ['token.key', () => readTokenKeys(keysDir)],
    ['push.key', () => readPushKey(keysDir)],
    ['ca.pem', () => openCipher('https://127.0.0.1:1', keysDir, createLog('silent'))],
  ];
  for (const [name, read] of readers) {
    expect(read).toThrow(
      `KEYS_DIR ${keysDir}: ${join(keysDir, 'core', name)} cannot be read: npm start (in a container: setup) makes it, or restore it from a backup.`,
    );
    mkdirSync(join(keysDir, 'core', name), { recursive: true });
    expect(read).toThrow('cannot be read');
  }
});

it('a key file is read as its bytes, and a key of another length is refused by name', () => {
  mkdirSync(join(keysDir, 'core'));
  for (const name of ['token.key', 'push.key']) writeFileSync(join(keysDir, 'core', name), 'short');
  expect(readKeyFile(keysDir, 'token.key').toString()).toBe('short');
  expect(() => readTokenKeys(keysDir)).toThrow(/token\.key has 5 bytes instead of 32/);
  expect(() => readPushKey(keysDir)).toThrow(/push\.key has 5 bytes instead of 32/);
});
