import { constants, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OpenMode, realDisk } from './disk.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bisik-disk-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The flags with which this process has a file open, as Linux tells them. */
function flagsOf(path: string): number {
  const fd = readdirSync('/proc/self/fd').find((one) => {
    try {
      return readlinkSync(`/proc/self/fd/${one}`) === path;
    } catch {
      return false;
    }
  });
  const [, octal = ''] = /^flags:\s+(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8')) ?? [];
  return Number.parseInt(octal, 8);
}

const isLinux = process.platform === 'linux';
if (!isLinux) console.warn('NOT CHECKED: how files are opened is told by /proc, which only Linux has.');

describe.runIf(isLinux)('a file on this disk', () => {
  const openedIn = async (mode: OpenMode) => {
    const path = join(folder, 'journal');
    await (await realDisk.open(path, 'create')).close();
    const file = await realDisk.open(path, mode);
    const flags = flagsOf(path);
    await file.write(Buffer.from('one line'), 2);
    await file.sync();
    await file.close();
    expect(readFileSync(path, 'utf8')).toBe('\0\0one line');
    return flags;
  };

  it('that is opened to be durable is on the device with each write, so that its sync may do nothing', async () => {
    expect((await openedIn('durable')) & constants.O_DSYNC).toBe(constants.O_DSYNC);
  });

  it('that is opened otherwise is synced by its sync', async () => {
    expect((await openedIn('update')) & constants.O_DSYNC).toBe(0);
  });

  it('is not made by opening it to be durable, nor emptied', async () => {
    await expect(realDisk.open(join(folder, 'none'), 'durable')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
