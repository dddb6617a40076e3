import { text } from 'node:stream/consumers';
import { parseList } from '../backup/folder-retention.ts';
import { listNameOf } from './publish.ts';
import { expiredBackups, timeOfBackup } from './retention.ts';
import type { Target, TargetFile } from './target.ts';

/** What has no backup of its name and began longer ago than this was interrupted. */
const MAX_RUNNING_MS = 12 * 3_600_000;

/** How many backups and sealed files were removed. */
export type PrunedTarget = { backups: string[]; files: number };

/**
 * Removes the backups for this recipient that retention lets go, never a protected one, and then the sealed files that no
 * list names. Where a backup has no readable list, or another one may be running, the sealed files stay. It can be
 * interrupted anywhere. @throws BackupError
 */
export async function pruneTarget(
  target: Target,
  { recipient, protectedNames, now }: { recipient: string; protectedNames: string[]; now: number },
): Promise<PrunedTarget> {
  const files = await target.list();
  const backups = files.map(({ name }) => name).filter((name) => timeOfBackup(name) !== undefined);
  const lists = new Map<string, { recipient: string; files: string[] } | undefined>();
  for (const name of backups) {
    const isListed = files.some((one) => one.name === listNameOf(name));
    lists.set(name, isListed ? parseList(await text(await target.get(listNameOf(name)))) : undefined);
  }
  const own = backups.filter((name) => lists.get(name)?.recipient === recipient);
  const expired = expiredBackups(own, protectedNames);
  for (const name of expired) {
    await target.remove(name);
    await target.remove(listNameOf(name));
    lists.delete(name);
  }
  const { leftovers, isBusy } = leftoversIn(files, backups, now);
  for (const name of leftovers) await target.remove(name);

  const isUnlisted = [...lists.values()].includes(undefined);
  if (isUnlisted || isBusy) return { backups: expired, files: 0 };
  const named = new Set([...lists.values()].flatMap((list) => list?.files ?? []));
  const unnamed = files.filter(
    ({ name }) => name.startsWith('attachments/') && !named.has(name.slice('attachments/'.length)),
  );
  for (const { name } of unnamed) await target.remove(name);
  return { backups: expired, files: unnamed.length };
}

/** What interrupted backups left at the top of a target, and whether one may still be running. */
function leftoversIn(
  files: TargetFile[],
  backups: string[],
  now: number,
): { leftovers: string[]; isBusy: boolean } {
  const incomplete = files
    .map(({ name }) => name)
    .filter((name) => !name.includes('/') && timeOfBackup(name) === undefined)
    .map((name) => ({ name, backup: name.replace(/\.unfinished$/, '').replace(/\.files$/, '.age') }))
    .filter(({ name, backup }) => name.endsWith('.unfinished') || !backups.includes(backup));
  const isRunning = ({ backup }: { backup: string }) =>
    !backups.includes(backup) && Math.abs(now - (timeOfBackup(backup) ?? 0)) < MAX_RUNNING_MS;
  return {
    leftovers: incomplete.filter((one) => !isRunning(one)).map(({ name }) => name),
    isBusy: incomplete.some(isRunning),
  };
}
