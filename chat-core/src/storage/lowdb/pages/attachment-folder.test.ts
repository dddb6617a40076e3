import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { seeded } from '../../../../test/crash/random.ts';
import { SimulatedDisk } from '../../../../test/crash/simulated-disk.ts';
import type { FileRef } from '../../store.ts';
import { realDisk } from '../disk/disk.ts';
import { AttachmentFolder } from './attachment-folder.ts';

const ref: FileRef = { conversationId: 'c', id: 'f' };
const other: FileRef = { conversationId: 'c', id: 'g' };
const first = Buffer.alloc(700, 'first ');
const second = Buffer.alloc(300, 'second ');
const whole = Buffer.concat([first, second]);
const on = (disk: SimulatedDisk) => new AttachmentFolder(disk, 'attachments');
/** After a power cut that loses everything that is not durable. */
const afterPowerCut = (disk: SimulatedDisk) => on(disk.crash(() => 0));

/** The steps of a file's life: what each does, and what is true after it for ever. */
const STEPS: [
  name: string,
  step: (files: AttachmentFolder) => Promise<void>,
  check: (files: AttachmentFolder) => Promise<void>,
][] = [
  [
    'the first part',
    (files) => files.write(ref, 0, first),
    async (files) => expect((await files.read(ref, 0, 9999))?.subarray(0, first.length)).toEqual(first),
  ],
  [
    'the last part',
    (files) => files.write(ref, first.length, second),
    async (files) => expect(await files.read(ref, 0, 9999)).toEqual(whole),
  ],
  [
    'the end',
    (files) => files.finish(ref),
    async (files) => {
      expect([await files.isFinished(ref), await files.size(ref)]).toEqual([true, whole.length]);
      expect(await files.read(ref, 0, 9999)).toEqual(whole);
    },
  ],
  [
    'the removal',
    (files) => files.remove(ref),
    async (files) => expect([await files.size(ref), await files.isFinished(ref)]).toEqual([0, false]),
  ],
];

/** Runs the steps before one, on a disk where all that is durable. */
async function diskBefore(index: number): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk(seeded(1));
  const files = on(disk);
  await files.write(other, 0, second);
  for (const [, step] of STEPS.slice(0, index)) await step(files);
  return disk;
}

it.each(STEPS.map(([name, step, check], index) => ({ name, step, check, index })))(
  '$name is durable when it is done, also when it repeats what a process had begun that was killed at any operation',
  async ({ step, check, index }) => {
    const disk = await diskBefore(index);
    const killed: SimulatedDisk[] = [];
    disk.onOperation = () => killed.push(disk.restart());
    await step(on(disk));
    killed.push(disk.restart());
    await check(afterPowerCut(disk));
    expect(killed.length).toBeGreaterThanOrEqual(3);
    for (const found of killed) {
      const files = on(found);
      // Other work in the same conversation makes nothing else durable by chance alone.
      await files.size(other);
      await step(files);
      await check(files);
      await check(afterPowerCut(found));
    }
  },
);

it('bytes that a killed process wrote and did not sync are durable once the file is finished', async () => {
  const disk = await diskBefore(1);
  const killed: SimulatedDisk[] = [];
  disk.onOperation = () => killed.push(disk.restart());
  await on(disk).write(ref, first.length, second);
  let unsynced = 0;
  for (const found of killed) {
    const files = on(found);
    if ((await files.size(ref)) < whole.length) continue;
    if ((await afterPowerCut(found).size(ref)) < whole.length) unsynced += 1;
    await files.finish(ref);
    expect(await afterPowerCut(found).read(ref, 0, 9999)).toEqual(whole);
  }
  expect(unsynced).toBeGreaterThan(0);
});

it('a file that a killed process finished is durable as soon as it shows as finished', async () => {
  const disk = await diskBefore(2);
  const killed: SimulatedDisk[] = [];
  disk.onOperation = () => killed.push(disk.restart());
  await on(disk).finish(ref);
  let shown = 0;
  for (const found of killed) {
    if (!(await on(found).isFinished(ref))) continue;
    shown += 1;
    expect(await afterPowerCut(found).isFinished(ref)).toBe(true);
    expect(await afterPowerCut(found).read(ref, 0, 9999)).toEqual(whole);
  }
  expect(shown).toBeGreaterThan(0);
});

it.each(STEPS.map(([name, step, check], index) => ({ name, step, check, index })))(
  '$name fails with a refusal when any operation of it fails, and its repeat is durable',
  async ({ step, check, index }) => {
    let failures = 0;
    for (let operation = 1; ; operation++) {
      const disk = await diskBefore(index);
      const files = on(disk);
      // As in a process that has used the folder before.
      await files.write(other, second.length, second);
      disk.fault = { code: 'EIO', from: disk.operations + operation, count: 1 };
      const refusal = await step(files).catch((error: { code: string }) => error.code);
      if (refusal === undefined) break;
      failures += 1;
      expect(refusal).toBe('STORAGE_UNAVAILABLE');
      await step(files);
      await check(files);
      await check(afterPowerCut(disk));
    }
    expect(failures).toBeGreaterThan(1);
  },
);

it('bytes of a failed write do not count, though they are on the disk, and the file does not end with them', async () => {
  const disk = await diskBefore(1);
  const files = on(disk);
  await files.size(ref);
  disk.fault = { code: 'EIO', from: disk.operations + 3, count: 1 };
  await expect(files.write(ref, first.length, second)).rejects.toThrow();
  expect(await disk.size('attachments/c/f.part')).toBe(whole.length);
  expect(await files.size(ref)).toBe(first.length);
  expect(await files.read(ref, 0, 9999)).toEqual(first);
  await expect(files.finish(ref)).rejects.toThrow('the last write failed');
});

it('all files are listed by conversation, finished or not, each once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bisik-files-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const files = new AttachmentFolder(realDisk, join(folder, 'attachments'));
  for await (const refs of files.list()) expect(refs).toEqual('there is no folder yet');
  await files.write(ref, 0, first);
  await files.finish(ref);
  await files.write(other, 0, second);
  await files.write({ conversationId: 'd', id: 'f' }, 0, second);
  const listed: FileRef[][] = [];
  for await (const refs of files.list()) listed.push(refs);
  expect(listed).toEqual([[ref, other], [{ conversationId: 'd', id: 'f' }]]);
});
