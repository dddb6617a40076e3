import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { copyOf, freshKeys, type Keys } from '../test/support/keys.ts';
import { StartRefused } from './errors.ts';
import { loadIdentity } from './identity.ts';

let whole: Keys;
let keys: Keys;
beforeAll(async () => {
  whole = await freshKeys();
});
beforeEach(() => {
  keys = copyOf(whole);
});
afterEach(() => keys.remove());
afterAll(() => whole.remove());

const path = (name: string) => join(keys.dir, 'cipher', name);

function refusal(): string {
  try {
    loadIdentity(keys.dir);
  } catch (error) {
    expect(error).toBeInstanceOf(StartRefused);
    return error instanceof Error ? error.message : '';
  }
  return '';
}

test('a key file that other users may read or write is refused by name, and accepted once its mode is 600', () => {
  expect(refusal()).toBe('');
  for (const name of ['keyring.json', 'server.key.pem'])
    for (const mode of [0o604, 0o640, 0o620, 0o601]) {
      chmodSync(path(name), mode);
      expect(refusal()).toBe(`${path(name)} is open to other users (mode ${mode.toString(8)}): make it 600.`);
      chmodSync(path(name), 0o600);
    }
  expect(refusal()).toBe('');
});

test('a missing or damaged file is refused by name', () => {
  for (const name of ['keyring.json', 'server.key.pem', 'server.pem', 'ca.pem']) {
    const whole = keys.read(`cipher/${name}`);
    writeFileSync(path(name), whole.subarray(0, whole.length / 2), { mode: 0o600 });
    expect(refusal()).toMatch(new RegExp(`/cipher/${name.replaceAll('.', '\\.')} is damaged`));
    rmSync(path(name));
    expect(refusal()).toMatch(
      new RegExp(`/cipher/${name.replaceAll('.', '\\.')} cannot be read: run set-up`),
    );
    writeFileSync(path(name), whole, { mode: 0o600 });
  }
  expect(refusal()).toBe('');
});

test('a certificate of another key or another CA is refused', async () => {
  const other = await freshKeys();
  const own = keys.read('cipher/server.pem');
  try {
    writeFileSync(path('server.pem'), other.read('cipher/server.pem'));
    expect(refusal()).toContain('server.pem does not belong');
    writeFileSync(path('server.pem'), own);
    writeFileSync(path('ca.pem'), other.read('cipher/ca.pem'));
    expect(refusal()).toContain('server.pem does not belong');
  } finally {
    other.remove();
  }
});
