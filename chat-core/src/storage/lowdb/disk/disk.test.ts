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

/** The flags with which this process has a file open, from /proc. */
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
if (!isLinux) console.warn('NOT CHECKED: the flags of open files are in /proc, which only Linux has.');

describe.runIf(isLinux)('files on the disk of this machine', () => {
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

  it('a file opened as durable has the flag O_DSYNC, so that its sync may do nothing', async () => {
    expect((await openedIn('durable')) & constants.O_DSYNC).toBe(constants.O_DSYNC);
  });

  it('a file opened in another mode has no flag O_DSYNC', async () => {
    expect((await openedIn('update')) & constants.O_DSYNC).toBe(0);
  });

  it('opening a missing file as durable is an error and does not create it', async () => {
    await expect(realDisk.open(join(folder, 'none'), 'durable')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
