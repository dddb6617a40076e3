import type { Disk } from './disk.ts';

/** A disk in memory, for fast tests, with these files by path: everything is durable at once and nothing fails. */
export function memoryDisk(files = new Map<string, Buffer>()): Disk {
  const missing = (path: string) => Object.assign(new Error(`no file ${path}`), { code: 'ENOENT' });
  return {
    open: async (path, mode) => {
      if (mode === 'create') files.set(path, Buffer.alloc(0));
      if (!files.has(path)) throw missing(path);
      let name = path;
      return {
        write: async (bytes, position) => {
          const old = files.get(name) ?? Buffer.alloc(0);
          const file = old.length < position + bytes.length ? enlarged(old, position + bytes.length) : old;
          file.set(bytes, position);
          files.set(name, file);
        },
        sync: async () => {},
        close: async () => {
          name = '';
        },
      };
    },
    read: async (path) => {
      const file = files.get(path);
      return file && Buffer.from(file);
    },
    readRange: async (path, offset, length) => {
      const file = files.get(path);
      return file && Buffer.from(file.subarray(offset, offset + length));
    },
    size: async (path) => files.get(path)?.length,
    space: async () => ({ free: Number.POSITIVE_INFINITY, total: Number.POSITIVE_INFINITY }),
    list: async (folder) => {
      const below = [...files.keys()].filter((path) => path.startsWith(`${folder}/`));
      return [...new Set(below.map((path) => path.slice(folder.length + 1).split('/')[0] ?? ''))].sort();
    },
    rename: async (from, to) => {
      const file = files.get(from);
      if (!file) throw missing(from);
      files.delete(from);
      files.set(to, file);
    },
    remove: async (path) => {
      files.delete(path);
    },
    makeFolder: async () => {},
    syncFolder: async () => {},
  };
}

function enlarged(old: Buffer, length: number): Buffer {
  const file = Buffer.alloc(length);
  old.copy(file);
  return file;
}
