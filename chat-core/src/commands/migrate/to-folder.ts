import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Config } from '../../config.ts';
import { realDisk } from '../../storage/lowdb/disk/disk.ts';
import { writeFolder } from '../../storage/lowdb/maintenance/write-folder.ts';
import { scanFolder } from '../../storage/lowdb/repair/integrity-scan.ts';
import { openReadOnly } from '../../storage/lowdb/repair/open-read-only.ts';
import { readStorageKey } from '../../storage/lowdb/storage-key.ts';
import { withBoxOf } from '../../storage/postgres/move/move.ts';
import { confirm, Progress, print } from '../command.ts';
import { explainFileError } from '../file-errors.ts';
import { countMessages } from '../sample-check.ts';
import { withCipher } from '../with-cipher.ts';
import { checkSample } from './check-sample.ts';
import { folderPlace, openPlace } from './files-place.ts';
import { copyFiles, isFolder, NamedFiles } from './named-files.ts';

type Input = {
  databaseUrl: string;
  folder: string;
  filesFrom: string | undefined;
  sample: string;
  isConfirmed: boolean;
  /** Keeps a copy in which something is wrong, as it is in the database. */
  withFaults: boolean;
};

/** A copy has this name until all of it is durable and checked. */
const UNFINISHED = '.unfinished';

/**
 * Copies a box from PostgreSQL into a new folder, a DATA_DIR for LowDB. Nothing in the database changes.
 * @returns whether it did; @throws Error with a sentence that names the cure
 */
export async function moveToFolder(config: Config, input: Input): Promise<boolean> {
  const folder = resolve(input.folder);
  const staged = `${folder}${UNFINISHED}`;
  const key = readStorageKey(config.keysDir);
  await requireNew(folder);
  const from = input.filesFrom === undefined ? undefined : await openPlace(input.filesFrom);
  if (from?.folder !== undefined && !(await isFolder(from.folder)))
    throw new Error(
      `There is no folder ${from.folder}: --files takes the FILES_DIR or FILES_URL of the cores.`,
    );
  return withBoxOf(input.databaseUrl, async (box, isInUse) => {
    const question =
      'Cores use the database. What people write from now on stays there alone: this is a rehearsal, and for the move all cores are stopped. Copy it all the same?';
    if (isInUse && !input.isConfirmed && !(await confirm(question))) {
      print('Nothing was copied.');
      return false;
    }
    const total = countMessages(box.state);
    const progress = new Progress('messages copied', total);
    const named = new NamedFiles();
    let done = 0;
    try {
      await rm(staged, { recursive: true, force: true });
      await mkdir(staged, { recursive: true, mode: 0o700 });
      await chmod(staged, 0o700);
      await writeFolder(realDisk, staged, key, box, (rows) => {
        named.add(rows);
        done += rows.length;
        progress.show(done);
      });
      const uploads = box.state.uploads();
      if (!from && named.files.length + uploads.length > 0)
        throw new Error(
          'The box has files of messages: --files takes the FILES_DIR or FILES_URL of the cores.',
        );
      const attachments = join(staged, 'attachments');
      await mkdir(attachments, { recursive: true, mode: 0o700 });
      const place = folderPlace(attachments);
      const files = await copyFiles(from ?? place, place, named, uploads);
      if (files.missing > 0)
        print(
          `${files.missing.toLocaleString('en')} files of messages are not in ${input.filesFrom}: npm run repair marks them in their messages.`,
        );
      const { faults, revision } = await scanFolder(realDisk, staged, { key });
      if (faults.length > files.missing) {
        const fault = faults.find(({ path }) => !path.startsWith(attachments)) ?? faults[0];
        const what = `In the copy ${fault?.what}, and ${faults.length - 1} more`;
        if (!input.withFaults)
          throw new Error(`${what}: nothing was kept. --with-faults keeps it, for npm run repair.`);
        print(`${what}: run npm run repair there before the box starts.`);
      }
      const copy = await openReadOnly(staged, realDisk, key);
      const isWhole =
        revision === box.revision &&
        countMessages(copy.state) === total &&
        copy.state.people.accounts.size === box.state.people.accounts.size;
      if (!isWhole) throw new Error('Not all rows are in the copy: nothing was kept. Do it again.');
      await withCipher(config, (cipher) =>
        checkSample(copy, cipher, {
          files: files.missing > 0 ? [] : named.files,
          stored: place.files,
          sample: input.sample,
        }),
      );
      if (existsSync(folder)) await rmdir(folder);
      await rename(staged, folder);
      await realDisk.syncFolder(dirname(folder));
      const people = copy.state.people.accounts.size;
      print(
        `${people.toLocaleString('en')} accounts, ${total.toLocaleString('en')} messages and ${files.copied.toLocaleString('en')} files copied up to revision ${revision.toLocaleString('en')}, and checked.`,
      );
      print(`Start the box with DATA_DIR=${folder} and these KEYS_DIR, without DATABASE_URL.`);
      if (isInUse) print('Cores ran meanwhile: what came after that revision is not in the copy.');
      else print('Start no core on the database any more, or there are two boxes.');
      return true;
    } catch (error) {
      await rm(staged, { recursive: true, force: true }).catch(() => {});
      throw explainFileError(error, staged, 'write');
    }
  }).finally(() => from?.close());
}

async function requireNew(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw explainFileError(error, folder, 'write');
  });
  if (names.length > 0) throw new Error(`${folder} is not empty: --to-folder takes a new folder.`);
}
