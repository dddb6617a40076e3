import { join } from 'node:path';
import type { Id } from '../../../wire/wire.ts';
import type { Disk } from '../disk/disk.ts';

/** Conversations with pages of messages that nothing else names: the page with their header was lost. */
export async function orphansIn(disk: Disk, messages: string, isKnown: (id: Id) => boolean): Promise<Id[]> {
  const orphans: Id[] = [];
  for (const id of (await disk.list(messages)).filter((name) => !isKnown(name))) {
    const names = await disk.list(join(messages, id)).catch(() => []);
    if (names.some((name) => /^\d{4,}\.json$/.test(name))) orphans.push(id);
  }
  return orphans;
}
