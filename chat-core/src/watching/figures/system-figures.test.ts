import { expect, test, vi } from 'vitest';
import { countDescriptors, isReadOnly, readFolder, readSpace, writtenBytesOf } from './system-figures.ts';

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const access: typeof real.access = async (path, mode) => {
    if (path === '/locked') throw Object.assign(new Error('EROFS: read-only file system'), { code: 'EROFS' });
    await real.access(path, mode);
  };
  return { ...real, access };
});

test('a folder is read-only when its file system is, and not when it is missing', async () => {
  expect(await Promise.all(['/locked', '/there/is/none', '.'].map(isReadOnly))).toEqual([true, false, false]);
});

const DISKSTATS = `   7       0 loop0 1 0 2 0 0 0 0 0 0 0 0
 179       0 mmcblk0 900 1 2 3 400 5 88888 7 0 8 9
 179       1 mmcblk0p1 800 1 2 3 300 5 2048 7 0 8 9
 259     300 nvme1n1p1 1 2 3 4 5 6 10 8 9 10 11
`;

test('the bytes written to a device are those of its line in diskstats, by its number', () => {
  expect(writtenBytesOf(DISKSTATS, (179 << 8) | 1)).toBe(2048 * 512);
  // A minor number above 255 is split, as in makedev(3).
  expect(writtenBytesOf(DISKSTATS, (259 << 8) | (300 & 0xff) | ((300 & 0xfff00) << 12))).toBe(5120);
  expect(writtenBytesOf(DISKSTATS, 45)).toBeUndefined();
  expect(writtenBytesOf('', 1)).toBeUndefined();
});

test('a folder that does not exist has no volume and no files', async () => {
  expect(await readSpace('/there/is/none')).toBeUndefined();
  expect(await readFolder('/there/is/none')).toEqual({ files: 0, bytes: 0 });
  expect(await readSpace('/')).toEqual({ freeBytes: expect.any(Number), totalBytes: expect.any(Number) });
  expect(await countDescriptors()).toBeGreaterThan(2);
});
