import type { Disk, DiskFile } from './disk.ts';

/** The same disk, whose every write is left undone: for looking at a database without touching it. */
export function readOnly(disk: Disk): Disk {
  const file: DiskFile = { write: async () => {}, sync: async () => {}, close: async () => {} };
  return {
    open: async () => file,
    read: disk.read,
    list: disk.list,
    rename: async () => {},
    remove: async () => {},
    makeFolder: async () => {},
    syncFolder: async () => {},
  };
}
