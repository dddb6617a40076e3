import type { Disk } from './disk.ts';

/**
 * The same disk, of which no byte is changed: for looking at a database without touching it. Documents written anew are
 * kept in memory, so that what a migration did is found again; what would be written into a file that is there is not.
 */
export function readOnly(disk: Disk): Disk {
  const written = new Map<string, Buffer>();
  const nothing = async () => {};
  return {
    open: async (path, mode) => {
      if (mode !== 'create') return { write: nothing, sync: nothing, close: nothing };
      written.set(path, Buffer.alloc(0));
      const write = async (bytes: Uint8Array, position: number) => {
        written.set(
          path,
          Buffer.concat([(written.get(path) ?? Buffer.alloc(0)).subarray(0, position), bytes]),
        );
      };
      return { write, sync: nothing, close: nothing };
    },
    read: async (path) => written.get(path) ?? (await disk.read(path)),
    list: disk.list,
    rename: async (from, to) => {
      const moved = written.get(from);
      written.delete(from);
      if (moved) written.set(to, moved);
    },
    remove: nothing,
    makeFolder: nothing,
    syncFolder: nothing,
  };
}
