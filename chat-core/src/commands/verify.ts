import { join } from 'node:path';
import { readConfig } from '../config.ts';
import { FORGED, type StorageKey } from '../storage/lowdb/disk/authenticator.ts';
import { realDisk } from '../storage/lowdb/disk/disk.ts';
import { AttachmentFolder } from '../storage/lowdb/pages/attachment-folder.ts';
import { CorruptionError } from '../storage/lowdb/pages/page-file.ts';
import { describeFutureRows } from '../storage/lowdb/repair/future-rows.ts';
import { type Fault, type IntegrityScan, scanFolder } from '../storage/lowdb/repair/integrity-scan.ts';
import { allAccounts } from '../storage/lowdb/repair/integrity-scan-people.ts';
import { openReadOnly, withFolderLock } from '../storage/lowdb/repair/open-read-only.ts';
import { readStorageKey } from '../storage/lowdb/storage-key.ts';
import { isDeletedGroup } from '../storage/rows.ts';
import { type Arguments, Progress, print, runCommand } from './command.ts';
import { countMessages, openAccounts, openGroupNames, openPictures, openSample } from './sample-check.ts';
import { openFileSample, openUploads } from './sample-files.ts';
import { withCipher } from './with-cipher.ts';

const USAGE = `npm run verify -- [options]

Checks every page and every line of the journal in DATA_DIR, that friendships are mutual
and that no message or file is missing, and opens a sample of them with their reactions, the
names of all groups, the texts of profiles and scheduled ones, all pictures, open uploads and the secrets of second factors, while
chat-core is stopped. It says what is dated in the future, and changes nothing. Exit code 1 when anything is wrong.

  --sample <n>|all    how many messages and files to open, of a file three pieces, with
                      all every one: 1000 unless said, 0 for none
  --help              print this
`;

async function work(args: Arguments): Promise<boolean> {
  const sample = args.value('sample') ?? '1000';
  if (!/^(\d{1,9}|all)$/.test(sample) || args.positionals.length > 0) {
    throw new Error('--sample takes a number or all, and there is nothing else to say.');
  }
  const config = readConfig();
  return withFolderLock(config.dataDir, async () => {
    const key = readStorageKey(config.keysDir);
    const found = await scanAll(config.dataDir, key);
    if ('offset' in found) return report([found]);
    const { state, revision, faults } = found;
    const total = countMessages(state);
    const users = allAccounts(state).length - found.accounts.placeholders.length;
    print(`${users.toLocaleString('en')} users`);
    const conversations = state.conversationStates().filter(({ header }) => !isDeletedGroup(header));
    print(`${[...conversations].length.toLocaleString('en')} conversations`);
    print(`${total.toLocaleString('en')} messages, up to revision ${revision.toLocaleString('en')}`);
    const files = found.files.whole;
    if (files.length > 0) print(`${files.length.toLocaleString('en')} files of messages`);
    const size = Math.min(sample === 'all' ? total : Number(sample), total);
    if (faults.length > 0) return report(faults);
    const database = await openReadOnly(config.dataDir, realDisk, key);
    for (const sentence of await describeFutureRows(database, found.at, Date.now())) print(sentence);
    if (size === 0) return report([]);
    const progress = new Progress('opened', size);
    const folder = new AttachmentFolder(realDisk, join(config.dataDir, 'attachments'));
    const ofFiles = { size: Math.min(size, files.length), everyChunk: sample === 'all' };
    const [sampled, nameFaults, accountFaults, pictures, uploads, opened] = await withCipher(
      config,
      async (cipher) => [
        await openSample(database, cipher, size, (done) => progress.show(done)),
        await openGroupNames(database, cipher),
        await openAccounts(database, cipher),
        await openPictures(database, cipher),
        await openUploads(folder, cipher, database.state.uploads(), ofFiles.everyChunk),
        await openFileSample(folder, cipher, files, ofFiles),
      ],
    );
    print(`${sampled.opened.toLocaleString('en')} of ${size.toLocaleString('en')} opened`);
    if (sampled.deleted > 0) print(`${sampled.deleted.toLocaleString('en')} are deleted`);
    if (sampled.locked > 0) print(`${sampled.locked.toLocaleString('en')} are locked, as they were stored`);
    if (files.length > 0)
      print(`${opened.opened.toLocaleString('en')} of ${ofFiles.size.toLocaleString('en')} files opened`);
    for (const [count, what] of [
      [pictures.opened, 'pictures opened'],
      [uploads.opened, 'open uploads opened'],
    ] as const)
      if (count > 0) print(`${count.toLocaleString('en')} ${what}`);
    const others = [pictures, uploads, opened].flatMap(({ faults: own }) => own);
    return report([...sampled.faults, ...nameFaults, ...accountFaults, ...others]);
  });
}

/** The scan, or the fault because of which it cannot begin. */
async function scanAll(folder: string, key: StorageKey): Promise<IntegrityScan | Fault> {
  try {
    return await scanFolder(realDisk, folder, { key });
  } catch (error) {
    if (!(error instanceof CorruptionError)) throw error;
    return {
      path: error.path,
      offset: error.offset,
      what: error.what === FORGED ? FORGED : 'it does not read as it was written',
    };
  }
}

function report(faults: Fault[]): boolean {
  for (const { path, offset, what } of faults) print(`${path} at byte ${offset}: ${what}`);
  print(faults.length === 0 ? 'Nothing is wrong.' : `${faults.length} faults. See npm run repair -- --help.`);
  return faults.length === 0;
}

await runCommand(USAGE, { sample: { type: 'string' } }, work);
