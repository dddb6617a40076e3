import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm, stat, writeFile } from 'node:fs/promises';
import { realDisk } from '../../storage/lowdb/disk/disk.ts';
import { listText } from '../backup/folder-retention.ts';
import type { Manifest } from '../backup/manifest.ts';
import { pathIn } from '../backup/write-backup.ts';
import type { LocalFile, Target, TargetFile } from './target.ts';

/**
 * What a target has received. `missing` files of messages are not in it; `gone` are those of them that are not on the box
 * either, by their names in the manifest: mostly deleted meanwhile, since a backup holds pages still and not files.
 */
export type Published = {
  bytes: number;
  copied: number;
  missing: number;
  gone: ReadonlySet<string>;
  sha256: string;
};

/** The name of the list of sealed files beside a backup. */
export const listNameOf = (name: string): string => name.replace(/\.age$/, '.files');
/** The name at a target of a sealed file in a manifest. */
export const targetNameOf = ({ name }: { name: string }): string => name.slice('data/'.length);

/** A local file with its size and checksum. */
export async function localFile(path: string): Promise<LocalFile> {
  const sum = createHash('sha256');
  for await (const chunk of createReadStream(path)) sum.update(chunk as Buffer);
  return { path, size: (await stat(path)).size, sha256: sum.digest('hex') };
}

/**
 * Stores a backup at a target: first its list, still empty, so that no other backup removes sealed files meanwhile, then
 * the sealed files that are not there, the list, and last the backup itself, whose name says that it is whole.
 * @throws BackupError
 */
export async function publishBackup(
  target: Target,
  {
    name,
    file,
    manifest,
    recipient,
    dataDir,
  }: {
    name: string;
    /** The path of the sealed backup. */
    file: string;
    manifest: Manifest;
    recipient: string;
    dataDir: string;
  },
  there: TargetFile[],
): Promise<Published> {
  const list = `${file}.list`;
  const putList = async (text: string) => {
    await writeFile(list, text, { mode: 0o600 });
    await target.put(listNameOf(name), await localFile(list));
  };
  const sizes = new Map(there.map((one) => [one.name, one.size]));
  let [copied, missing] = [0, 0];
  const gone = new Set<string>();
  try {
    await putList('');
    for (const one of manifest.attachments?.files ?? []) {
      if (sizes.get(targetNameOf(one)) === one.size) continue;
      const outcome = await putSealed(target, targetNameOf(one), pathIn(dataDir, one), one.size);
      if (outcome === 'copied') copied += 1;
      else missing += 1;
      if (outcome === 'gone') gone.add(one.name);
    }
    await putList(listText(recipient, manifest));
    const sealed = await localFile(file);
    await target.put(name, sealed);
    return { bytes: sealed.size, copied, missing, gone, sha256: sealed.sha256 };
  } catch (error) {
    // Without its backup, the list only keeps others from removing sealed files.
    await target.remove(listNameOf(name)).catch(() => {});
    throw error;
  } finally {
    await rm(list, { force: true });
  }
}

/** Stores a sealed file of the box at the target. `damaged`: it has another size; `gone`: it is not there, or not any more. */
async function putSealed(
  target: Target,
  name: string,
  path: string,
  size: number,
): Promise<'copied' | 'damaged' | 'gone'> {
  const isGone = async () => (await realDisk.size(path)) === undefined;
  try {
    const local = await localFile(path);
    if (local.size !== size) return 'damaged';
    await target.put(name, local);
    return 'copied';
  } catch (error) {
    if (await isGone()) return 'gone';
    throw error;
  }
}
