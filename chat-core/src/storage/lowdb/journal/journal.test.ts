import { beforeEach, describe, expect, it } from 'vitest';
import { changesOf } from '../../rows.ts';
import type { Disk } from '../disk/disk.ts';
import { keyedDisk } from '../disk/keyed-disk.ts';
import { memoryDisk } from '../disk/memory-disk.ts';
import { Journal } from './journal.ts';
import { type JournalHeader, readRecord } from './journal-record.ts';
import { replay } from './replay.ts';

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
    journal = new Journal(
      keyedDisk(disk, 'j', undefined),
      'j',
      { newest: 0, starts: [], current: undefined },
      FILE_BYTES,
    );
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

describe('a journal file whose start could not be recorded in meta.json', () => {
  /** A journal that fails to record the start of a file as often as `failures` says. */
  const openFailing = (failures: number) => {
    const files = new Map<string, Buffer>();
    const announced: number[] = [];
    let left = failures;
    const none = { newest: 0, starts: [], current: undefined };
    const disk = memoryDisk(files);
    const renamed: string[] = [];
    const rename: Disk['rename'] = (from, to) => {
      renamed.push(to);
      return disk.rename(from, to);
    };
    const journal = new Journal(keyedDisk({ ...disk, rename }, 'j', undefined), 'j', none, FILE_BYTES);
    journal.onFile = async (number) => {
      announced.push(number);
      left -= 1;
      if (left >= 0) throw new Error('EIO');
    };
    return { journal, announced, files, renamed };
  };

  it('keeps its header, since the record may have reached the disk, and is recorded again by the next try', async () => {
    const { journal, announced, files, renamed } = openFailing(2);
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(journal.rotate(7)).rejects.toThrow('EIO');
      const header = readRecord<JournalHeader>(files.get('j/00000001.jsonl') ?? Buffer.alloc(0), 0);
      expect(header?.record).toEqual({ journal: 1, from: 7, size: FILE_BYTES });
    }
    await journal.rotate(7);
    expect(announced).toEqual([1, 1, 1]);
    // One that is renamed over it would have no header for a moment.
    expect(renamed).toEqual(['j/00000001.jsonl']);
    expect(journal.starts()).toEqual([[1, 7]]);
    await journal.close();
  });

  it('is followed by another file when its room does not suffice', async () => {
    const { journal, announced, files } = openFailing(1);
    await expect(journal.rotate(7)).rejects.toThrow('EIO');
    const record = { ...changesOf({}), revision: 7, durable: 6, at: 1 };
    const name = 'x'.repeat(2 * FILE_BYTES);
    const seen = [{ userId: name, at: 1 }];
    await journal.append([{ ...record, seen }]);
    expect(announced).toEqual([1, 2]);
    expect(journal.starts()).toEqual([
      [1, 7],
      [2, 7],
    ]);
    await journal.close();
    const revisions: number[] = [];
    const from = { first: 1, revision: 6, newest: 2 };
    const keyed = keyedDisk(memoryDisk(files), 'j', undefined);
    keyed.authenticator.use({ epoch: '' });
    await replay(keyed, 'j', from, ({ revision }) => revisions.push(revision), FILE_BYTES);
    expect(revisions).toEqual([7]);
  });
});
