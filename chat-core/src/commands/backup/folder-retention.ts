import { hash } from 'node:crypto';
import { lstat, open, readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { realDisk } from '../../storage/lowdb/disk/disk.ts';
import { type AttachmentInBackup, isListable, type Manifest } from './manifest.ts';

const BACKUP = '.age';
/** The list of the sealed files that a backup names: in the backup itself only the recovery key can read it. */
const LIST = '.files';
const UNFINISHED = '.unfinished';
const STAMP = /^bisik-(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)Z/;
/** A backup that began longer ago and has no name yet was interrupted. */
const MAX_RUNNING_MS = 12 * 3_600_000;

const List = z.strictObject({ format: z.literal(1), recipient: z.string(), files: z.array(z.string()) });
type List = z.infer<typeof List>;

/** What was removed from a folder of backups: names of backups, and sealed files that no other backup names. */
export type Pruned = {
  backups: string[];
  kept: number;
  files: number;
  bytes: number;
  /** Why no sealed file was removed: another backup runs, or one is there whose list is missing or damaged. */
  filesStay?: 'running' | 'unlisted';
};

/** The names of the backups in a folder, in the order of their times. */
export async function backupsIn(folder: string): Promise<string[]> {
  return (await realDisk.list(folder)).filter((name) => isNamed(name, BACKUP));
}

/**
 * Begins a backup in a folder: creates its list, still empty, under the first free name from `time` on, so that no other
 * backup takes the name, and none removes a sealed file meanwhile.
 * @returns the path of the backup to be made
 */
export async function beginBackup(folder: string, time: number): Promise<string> {
  for (let second = time; ; second += 1000) {
    const stamp = new Date(second).toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss'.length).replaceAll(':', '-');
    const file = join(folder, `bisik-${stamp}Z${BACKUP}`);
    if ((await realDisk.size(file)) !== undefined) continue;
    try {
      await (await open(listOf(file), 'wx', 0o600)).close();
      return file;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** Ends a backup that failed. */
export async function abandonBackup(file: string): Promise<void> {
  if ((await realDisk.size(file)) === undefined) await realDisk.remove(listOf(file));
}

/** The list of the sealed files that a backup names, with a checksum. */
export function listText(recipient: string, { attachments }: Manifest): string {
  const files = (attachments?.files ?? []).map(keyOf);
  const line = JSON.stringify({ format: 1, recipient, files } satisfies List);
  return `${line}\n${hash('sha256', line)}\n`;
}

/** The list in a text; undefined when it is damaged, empty or of a later version. */
export function parseList(text: string): List | undefined {
  const [line = '', digest] = text.split('\n');
  if (digest !== hash('sha256', line)) return undefined;
  return List.safeParse(JSON.parse(line)).data;
}

/** Writes the list of a backup durably, before the backup gets its name. */
export async function writeList(file: string, recipient: string, manifest: Manifest): Promise<void> {
  const list = await realDisk.open(listOf(file), 'create');
  try {
    await list.write(Buffer.from(listText(recipient, manifest)), 0);
    await list.sync();
  } finally {
    await list.close();
  }
}

/**
 * Removes the oldest backups for the same recovery key until `keep` are left, never `made`, which was just written and is
 * whole; then the sealed files that none of the others names. A backup without its list stays: it may be that of another
 * box. It can be interrupted anywhere: what is left of a backup always opens, and the next call removes the rest.
 */
export async function pruneFolder(
  folder: string,
  {
    made,
    recipient,
    keep,
    time = Date.now(),
  }: { made: string; recipient: string; keep: number; time?: number },
  remove: (path: string) => Promise<void> = realDisk.remove,
): Promise<Pruned> {
  const lists = new Map<string, List | undefined>();
  for (const name of await backupsIn(folder)) lists.set(name, await readList(join(folder, name)));
  const isOther = (name: string) => join(folder, name) !== made && lists.get(name)?.recipient === recipient;
  const others = [...lists.keys()].filter(isOther);
  const backups = others.slice(0, Math.max(0, others.length - (keep - 1)));
  for (const name of backups) {
    await remove(join(folder, name));
    lists.delete(name);
  }
  await realDisk.syncFolder(folder);
  for (const name of backups) await remove(listOf(join(folder, name)));
  await removeLeftovers(folder, time, remove);
  const pruned = { backups, kept: others.length - backups.length + 1, files: 0, bytes: 0 };

  if ([...lists.values()].includes(undefined)) return { ...pruned, filesStay: 'unlisted' };
  const named = new Set([...lists.values()].flatMap((list) => list?.files ?? []));
  const isOnlyOne = async () => {
    const found = (await realDisk.list(folder)).filter((name) => isNamed(name, LIST));
    return found.every((name) => lists.has(name.slice(0, -LIST.length) + BACKUP));
  };
  const attachments = join(folder, 'attachments');
  for (const conversation of await foldersIn(attachments)) {
    // Another backup counts on what it finds here.
    if (!(await isOnlyOne())) return { ...pruned, filesStay: 'running' };
    const own = join(attachments, conversation);
    for (const name of await realDisk.list(own)) {
      const id = isUnfinished(name) ? name.slice(0, -UNFINISHED.length) : name;
      const key = `${conversation}/${id}`;
      if ((named.has(key) && id === name) || !isListable({ name: `data/attachments/${key}`, size: 1 }))
        continue;
      pruned.bytes += (await realDisk.size(join(own, name))) ?? 0;
      pruned.files += 1;
      await remove(join(own, name));
    }
    await rmdir(own).catch(() => {});
  }
  return pruned;
}

/** Removes what interrupted backups and removals left, apart from sealed files. */
async function removeLeftovers(
  folder: string,
  time: number,
  remove: (path: string) => Promise<void>,
): Promise<void> {
  const names = await realDisk.list(folder);
  for (const name of names.filter((one) => isNamed(one, LIST) || isNamed(one, BACKUP + UNFINISHED))) {
    const [stamp = '', day, hours, minutes, seconds] = STAMP.exec(name) ?? [];
    if (names.includes(stamp + BACKUP)) {
      if (isUnfinished(name)) await remove(join(folder, name));
      continue;
    }
    const began = Date.parse(`${day}T${hours}:${minutes}:${seconds}Z`);
    if (Math.abs(time - began) >= MAX_RUNNING_MS) await remove(join(folder, name));
  }
}

/** The list of a backup; undefined when it is missing, damaged or of a later version. */
async function readList(file: string): Promise<List | undefined> {
  return parseList(((await realDisk.read(listOf(file))) ?? '').toString('utf8'));
}

/** The folders in a folder, without links to others. */
async function foldersIn(folder: string): Promise<string[]> {
  if (!(await lstat(folder).catch(() => undefined))?.isDirectory()) return [];
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((one) => one.isDirectory()).map(({ name }) => name);
}

const listOf = (file: string): string => file.slice(0, -BACKUP.length) + LIST;
const isUnfinished = (name: string): boolean => name.endsWith(UNFINISHED);
const isNamed = (name: string, ending: string): boolean =>
  STAMP.test(name) && name.replace(STAMP, '') === ending;
const keyOf = ({ name }: AttachmentInBackup): string => name.split('/').slice(2).join('/');
