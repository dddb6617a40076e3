import { beforeEach, describe, expect, it } from 'vitest';
import type { Disk } from '../disk/disk.ts';
import { memoryDisk } from '../disk/memory-disk.ts';
import { Journal } from './journal.ts';

const FILE_BYTES = 4096;

describe('spare files of the journal', () => {
  let journal: Journal;
  let log: string[];
  /** The next operation on a spare file waits for this. */
  let gate: PromiseWithResolvers<void> | undefined;

  beforeEach(async () => {
    log = [];
    gate = undefined;
    const memory = memoryDisk();
    const disk: Disk = {
      ...memory,
      open: (path, mode) => {
        if (mode === 'create') log.push(`make ${path}`);
        return memory.open(path, mode);
      },
      read: async (path) => {
        log.push(`read ${path}`);
        await gate?.promise;
        return memory.read(path);
      },
      rename: async (from, to) => {
        log.push(`rename ${from}`);
        await gate?.promise;
        await memory.rename(from, to);
      },
    };
    journal = new Journal(disk, 'j', { newest: 0, starts: [], current: undefined }, FILE_BYTES);
    await journal.rotate(1);
    await journal.zeroFillSpare();
    expect(log).toEqual(['make j/new.jsonl', 'rename j/new.jsonl', 'make j/spare.jsonl']);
    log = [];
    gate = Promise.withResolvers();
  });

  const until = async (line: string) => {
    while (!log.includes(line)) await Promise.resolve();
  };

  it('no spare file is created under the name of one that is being renamed', async () => {
    const next = journal.rotate(2);
    await until('rename j/spare.jsonl');
    await journal.zeroFillSpare();
    gate?.resolve();
    await next;
    expect(log).toEqual(['rename j/spare.jsonl']);
    await journal.close();
  });

  it('no spare file is created while the one with its name is zero-filled', async () => {
    const zeroFilled = journal.zeroFillSpare();
    await until('read j/spare.jsonl');
    await journal.zeroFillSpare();
    gate?.resolve();
    await zeroFilled;
    expect(log).toEqual(['read j/spare.jsonl']);
    await journal.rotate(2);
    await journal.rotate(3);
    await journal.close();
  });
});
