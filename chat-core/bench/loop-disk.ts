import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const SECTOR = 512;
const run = (command: string, ...args: string[]) => execFileSync(command, args, { encoding: 'utf8' }).trim();

export type LoopDisk = {
  folder: string;
  /** Bytes written to the device since it was made, the file system's own included. */
  written(): number;
  /** What the file system would write by itself within its 5 seconds. */
  flush(): void;
  remove(): void;
};

/** A file system of its own on a loop device (Linux, root), to count what reaches the device. @throws where that cannot be */
export function makeLoopDisk(mebibytes: number): LoopDisk {
  const folder = mkdtempSync(join(tmpdir(), 'bisik-loop-'));
  const [image, mount] = [join(folder, 'image'), join(folder, 'mount')];
  run('truncate', '-s', `${mebibytes}M`, image);
  run('mkfs.ext4', '-q', '-F', '-E', 'lazy_itable_init=0,lazy_journal_init=0', image);
  mkdirSync(mount);
  const device = run('losetup', '--find', '--show', image);
  run('mount', '-o', 'noatime', device, mount);
  return {
    folder: mount,
    written: () => {
      const stat = readFileSync(`/sys/block/${basename(device)}/stat`, 'utf8')
        .trim()
        .split(/\s+/);
      return Number(stat[6]) * SECTOR;
    },
    flush: () => {
      run('sync', '-f', mount);
    },
    remove: () => {
      run('umount', mount);
      run('losetup', '-d', device);
      rmSync(folder, { recursive: true });
    },
  };
}
