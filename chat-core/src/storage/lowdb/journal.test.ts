import { expect, it } from 'vitest';
import type { Disk } from './disk.ts';
import { Journal } from './journal.ts';
import { memoryDisk } from './memory-disk.ts';

const FILE_BYTES = 4096;

it('a spare file is not made under a name that is just being given away', async () => {
  const log: string[] = [];
  const gate = Promise.withResolvers<void>();
  let isHeld = false;
  const memory = memoryDisk();
  const disk: Disk = {
    ...memory,
    open: (path, mode) => {
      if (mode === 'create') log.push(`make ${path}`);
      return memory.open(path, mode);
    },
    rename: async (from, to) => {
      log.push(`rename ${from}`);
      if (isHeld) await gate.promise;
      await memory.rename(from, to);
    },
  };
  const journal = new Journal(disk, 'j', { newest: 0, starts: [], current: undefined }, FILE_BYTES);
  await journal.leaveFile(1);
  await journal.wipeSpare();
  expect(log).toEqual(['make j/new.jsonl', 'rename j/new.jsonl', 'make j/spare.jsonl']);

  isHeld = true;
  const next = journal.leaveFile(2);
  while (!log.includes('rename j/spare.jsonl')) await Promise.resolve();
  await journal.wipeSpare();
  gate.resolve();
  await next;
  expect(log.slice(3)).toEqual(['rename j/spare.jsonl']);
  await journal.close();
});
