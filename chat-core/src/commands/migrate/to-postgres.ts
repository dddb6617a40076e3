import { join } from 'node:path';
import type { Config } from '../../config.ts';
import { realDisk } from '../../storage/lowdb/disk/disk.ts';
import { openReadOnly } from '../../storage/lowdb/repair/open-read-only.ts';
import { readStorageKey } from '../../storage/lowdb/storage-key.ts';
import { copyIntoDatabase } from '../../storage/postgres/move/move.ts';
import { holdData } from '../backup/write-backup.ts';
import { confirm, Progress, print } from '../command.ts';
import { explainFileError } from '../file-errors.ts';
import { countMessages } from '../sample-check.ts';
import { withCipher } from '../with-cipher.ts';
import { checkSample } from './check-sample.ts';
import { type FilesPlace, folderPlace, openPlace } from './files-place.ts';
import { copyFiles, NamedFiles } from './named-files.ts';

type Input = { databaseUrl: string; filesTo: string | undefined; sample: string; isConfirmed: boolean };

/**
 * Copies the box in DATA_DIR into an empty database. Nothing in DATA_DIR changes; a box that runs is held as a backup
 * holds it. @returns whether it did; @throws Error with a sentence that names the cure
 */
export async function moveToPostgres(config: Config, input: Input): Promise<boolean> {
  const { dataDir, keysDir } = config;
  const key = readStorageKey(keysDir);
  const held = await holdData(dataDir, key);
  let place: FilesPlace | undefined;
  try {
    if (held.isRunning) {
      const question =
        'The box runs. What people write from now on stays in DATA_DIR alone: this is a rehearsal, and for the move the box is stopped. Copy it all the same?';
      if (!input.isConfirmed && !(await confirm(question))) {
        print('Nothing was copied.');
        return false;
      }
    }
    const box = await openReadOnly(dataDir, realDisk, key);
    const from = folderPlace(join(dataDir, 'attachments'));
    place = input.filesTo === undefined ? from : await openPlace(input.filesTo);
    const to = place;
    const named = new NamedFiles();
    const requireHeld = () => {
      if (held.isLost())
        throw new Error(
          'chat-core stopped, or its journal grew too long meanwhile: nothing was kept. Do it again.',
        );
    };
    const progress = new Progress('messages copied', countMessages(box.state));
    let done = 0;
    await withCipher(config, async (cipher) => {
      const { counts, wasThere } = await copyIntoDatabase({
        databaseUrl: input.databaseUrl,
        box,
        onMessages: (rows) => {
          requireHeld();
          named.add(rows);
          done += rows.length;
          progress.show(done);
        },
        check: async (copy) => {
          requireHeld();
          await held.end();
          const files = await copyFiles(from, to, named, box.state.uploads()).catch((error) => {
            throw to.folder === undefined ? error : explainFileError(error, to.folder, 'write');
          });
          if (files.copied > 0)
            print(
              `${files.copied.toLocaleString('en')} files copied, ${files.bytes.toLocaleString('en')} bytes.`,
            );
          if (files.missing > 0)
            print(
              `${files.missing.toLocaleString('en')} files of messages are not there: npm run verify names them.`,
            );
          const whole = files.missing > 0 ? [] : named.files;
          await checkSample(copy, cipher, { files: whole, stored: to.files, sample: input.sample });
        },
      });
      if (wasThere) print('An earlier call has copied the box: now it was only checked.');
      for (const [table, rows] of Object.entries(counts)) print(`${rows.toLocaleString('en')} ${table}`);
    });
    print(`Copied up to revision ${box.revision.toLocaleString('en')}, and counted.`);
    print(
      `Each core gets DATABASE_URL, ${to.setting}, these KEYS_DIR, and a DATA_DIR of its own that is new.`,
    );
    if (held.isRunning) print('The box ran meanwhile: what came after that revision is not in the copy.');
    else print(`Start no core on ${dataDir} any more, or there are two boxes: set the folder aside.`);
    if (to.folder === from.folder && named.files.length > 0)
      print('The files of messages stay where they are: --files <place> copies them.');
    return true;
  } finally {
    place?.close();
    await held.end();
  }
}
