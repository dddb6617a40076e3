import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { setUp } from '../../../cipher-service/src/setup.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A folder with a complete set of keys, created once for a run; every pair copies it. */
    keysDir: string;
  }
}

export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'bisik-keys-'));
  await setUp(folder);
  provide('keysDir', folder);
  return () => rm(folder, { recursive: true });
}
