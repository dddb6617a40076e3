import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { watchKeys } from './key-watch.ts';

let keysDir: string;
let end: () => void;
beforeEach(() => {
  keysDir = mkdtempSync(join(tmpdir(), 'bisik-key-watch-'));
  mkdirSync(join(keysDir, 'core'));
  write('first');
});
afterEach(() => {
  end();
  rmSync(keysDir, { recursive: true });
});
const path = () => join(keysDir, 'core', 'one.key');
const write = (text: string) => writeFileSync(path(), text);

it('changed keys that cannot be used yet are tried again, though their files do not change any more', async () => {
  const log = { info: vi.fn(), warn: vi.fn() };
  const used: string[] = [];
  let failures = 3;
  const use = () => {
    failures -= 1;
    if (failures >= 0) throw new Error('half of it is there');
    used.push(readFileSync(path(), 'utf8'));
  };
  end = watchKeys(keysDir, ['one.key'], use, log, 2);
  write('second');
  await vi.waitFor(() => expect(used).toEqual(['second']), 10_000);
  expect(log.warn).toHaveBeenCalledTimes(1);
  expect(log.info).toHaveBeenCalledTimes(1);
  // Once used, they are not read again until they change.
  const after = failures;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(failures).toBe(after);
  chmodSync(path(), 0o600);
  write('third');
  await vi.waitFor(() => expect(used.at(-1)).toBe('third'), 10_000);
});
