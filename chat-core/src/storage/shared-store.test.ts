import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { openSharedStore } from './shared-store.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

/** The files that a start of chat-core loads, by its imports that are neither dynamic nor of types alone. */
function loadedBy(path: string, found = new Set<string>()): Set<string> {
  if (found.has(path)) return found;
  found.add(path);
  const imports = readFileSync(path, 'utf8').matchAll(
    /^(?:import|export) (?!type )[^;']*?from '([^']+)';|^import '([^']+)';/gm,
  );
  for (const [, from, bare] of imports) {
    const target = from ?? bare ?? '';
    if (target.startsWith('.') && target.endsWith('.ts')) loadedBy(join(dirname(path), target), found);
    else found.add(target);
  }
  return found;
}

it('a chat-core with LowDB does not load the driver of PostgreSQL, nor what signs requests to a bucket', () => {
  const loaded = loadedBy(MAIN);
  expect([...loaded].some((path) => path.endsWith('/lowdb-store.ts'))).toBe(true);
  const isOfCores = (path: string) =>
    ['pg', 'aws4fetch'].includes(path) || /\/storage\/(postgres|s3)\//.test(path);
  expect([...loaded].filter(isOfCores)).toEqual([]);
});

it('a folder that holds a database of LowDB is not used beside DATABASE_URL', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'bisik-shared-'));
  onTestFinished(() => rm(dataDir, { recursive: true }));
  await writeFile(join(dataDir, 'meta.json'), '{}');
  const opening = openSharedStore(
    {
      dataDir,
      shared: { databaseUrl: 'postgres://localhost/none', files: { folder: join(dataDir, 'files') } },
    },
    { key: undefined as never, warn: () => {}, answer: async () => {}, onLost: () => {} },
  );
  await expect(opening).rejects.toThrow(/holds a database, and DATABASE_URL names another one/);
  expect(await readFile(join(dataDir, 'meta.json'), 'utf8')).toBe('{}');
});
