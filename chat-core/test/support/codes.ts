import { keyedDisk } from '../../src/storage/lowdb/disk/keyed-disk.ts';
import { memoryDisk } from '../../src/storage/lowdb/disk/memory-disk.ts';
import { documentBytes } from '../../src/storage/lowdb/pages/page-file.ts';

/** The bytes of a changed document of the folder `data`, with the codes of a box whose storage key everyone knows. */
export function withCodes(
  path: string,
  { crc: _, mac: __, ...document }: Record<string, unknown>,
  epoch = '',
): Buffer {
  const disk = keyedDisk(memoryDisk(), 'data', undefined);
  disk.authenticator.use({ epoch });
  return documentBytes(disk, path, document);
}
