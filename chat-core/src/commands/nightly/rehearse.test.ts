import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { generateX25519Identity } from 'age-encryption';
import { expect, it } from 'vitest';
import { type Config, readConfig } from '../../config.ts';
import { rehearseBackup } from './rehearse.ts';
import type { Target } from './target.ts';

it('a target that goes away during a rehearsal fails it with a sentence', async () => {
  const scratchDir = await mkdtemp(join(tmpdir(), 'bisik-rehearse-'));
  async function* broken() {
    yield Buffer.from('age-encryption.org/v1\n');
    await new Promise(setImmediate);
    throw new Error('the connection ended');
  }
  const target = { get: async () => Readable.from(broken()) } as unknown as Target;
  const config: Config = readConfig({ NODE_ENV: 'test' });
  try {
    const identity = await generateX25519Identity();
    const rehearsal = rehearseBackup({
      target,
      name: 'b.age',
      identity,
      sha256: '',
      gone: new Set(),
      scratchDir,
      config,
    });
    await expect(rehearsal).rejects.toMatchObject({
      code: 'REHEARSAL_FAILED',
      message: expect.stringContaining('the connection ended'),
    });
  } finally {
    await rm(scratchDir, { recursive: true });
  }
});
