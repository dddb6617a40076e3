/** `npm run backup`: the whole database and all keys in one encrypted file, also while chat-core runs. */
import { resolve } from 'node:path';
import { readConfig } from '../config.ts';
import { writeBackupFolder } from './backup/backup-folder.ts';
import { type Pruned, pruneFolder } from './backup/folder-retention.ts';
import { createRecoveryKey, presentKey, readRecipient } from './backup/recovery-key.ts';
import { type BackupInput, writeBackup, writeBackupFile } from './backup/write-backup.ts';
import { type Arguments, print, refuseUsage, runCommand, showBytes } from './command.ts';
import { readBackupSettings } from './nightly/config.ts';

/** Backups that stay in a folder: a week of daily ones. */
const DEFAULT_KEEP = 7;
const USAGE = `npm run backup -- <file>
npm run backup -- --folder <folder>
Writes everything of this box, its keys too, into one file, sealed for the recovery key. The box may run meanwhile.
DATA_DIR and KEYS_DIR say where the box is. "-" writes to standard output.
With --folder each backup adds a file bisik-<time>.age without the files of messages, which are in attachments/ beside
it, as sealed as on the box, each copied once. Then the oldest backups there are removed, and with them the files that
no other backup names.

  --keep <number>        backups that stay in the folder, the new one included: ${DEFAULT_KEEP} unless said, or "all"
  --without-attachments  leave out the files of messages
  --force                replace a file that is there
  --new-recovery-key     make a recovery key and show it, once; older backups still need the older key.
                         Without <file> or <folder> nothing else is done.
  --help                 this
`;

await runCommand(
  USAGE,
  {
    folder: { type: 'string' },
    keep: { type: 'string' },
    'without-attachments': { type: 'boolean' },
    force: { type: 'boolean' },
    'new-recovery-key': { type: 'boolean' },
  },
  async (args) => {
    const { dataDir, keysDir } = readConfig();
    const [file] = args.positionals;
    const wantsNewKey = args.flag('new-recovery-key');
    const folder = args.value('folder');
    const isWithout = args.flag('without-attachments');
    const keep = readKeep(args.value('keep'));
    const isKeepMisplaced = args.value('keep') !== undefined && folder === undefined;
    const targets = args.positionals.length + (folder === undefined ? 0 : 1);
    const isWrongTarget = targets > 1 || (targets === 0 && !wantsNewKey);
    if (isWrongTarget || isKeepMisplaced || keep === undefined || (folder !== undefined && isWithout))
      return refuseUsage(USAGE);
    const recipient = await recipientFor(keysDir, wantsNewKey);
    const { settingsDir } = readBackupSettings();
    const input = {
      dataDir,
      keysDir,
      recipient,
      settingsDir,
      attachments: isWithout ? 'none' : 'archive',
    } as const;
    if (file !== undefined) await backUp(input, file, args);
    if (folder !== undefined) await backUpIntoFolder(input, folder, keep);
    return true;
  },
);

/** The recipient of backups. Creates a recovery key where there is none, but only at a terminal, where a person reads it. */
async function recipientFor(keysDir: string, wantsNewKey: boolean): Promise<string> {
  const known = await readRecipient(keysDir).catch((error: Error) => {
    if (wantsNewKey) return undefined;
    throw error;
  });
  if (known !== undefined && !wantsNewKey) return known;
  if (!wantsNewKey && !process.stderr.isTTY) {
    throw new Error(
      'This box has no recovery key yet: run npm run backup -- --new-recovery-key once where you can read its answer.',
    );
  }
  const identity = await createRecoveryKey(keysDir);
  // Not standard output, which may be the backup.
  process.stderr.write(presentKey(identity));
  const recipient = await readRecipient(keysDir);
  if (recipient === undefined) throw new Error('The recovery key was not stored.');
  return recipient;
}

async function backUp(input: BackupInput, file: string, args: Arguments): Promise<void> {
  if (file === '-') {
    if (process.stdout.isTTY) throw new Error('A backup is no text for a terminal: send it into a file.');
    const { missing, unreadable } = await writeBackup(input, process.stdout, showBytes('Bytes copied'));
    printUnreadable(unreadable);
    // Standard output is the backup.
    if (missing > 0) process.stderr.write(`${missingSentence(missing)}\n`);
    return;
  }
  const { manifest, size, missing, unreadable } = await writeBackupFile(input, file, {
    replace: args.flag('force'),
    onBytes: showBytes('Bytes copied'),
  });
  print(
    `${file}: ${size.toLocaleString('en')} bytes, everything up to revision ${manifest.revision}. The recovery key opens it.`,
  );
  printUnreadable(unreadable);
  if (!manifest.attachments) print('The files of messages are not in it.');
  if (missing > 0) print(missingSentence(missing));
}

/** The number of backups that stay; undefined when it is none. */
function readKeep(text = String(DEFAULT_KEEP)): number | undefined {
  if (text === 'all') return Number.POSITIVE_INFINITY;
  return /^[1-9]\d{0,3}$/.test(text) ? Number(text) : undefined;
}

async function backUpIntoFolder(input: BackupInput, folder: string, keep: number): Promise<void> {
  const { manifest, file, size, missing, copied, copiedBytes } = await writeBackupFolder(input, folder, {
    onBytes: showBytes('Bytes copied'),
  });
  print(
    `${file}: ${size.toLocaleString('en')} bytes, everything up to revision ${manifest.revision}. The recovery key opens it.`,
  );
  const files = manifest.attachments?.files.length ?? 0;
  print(
    `${copied.toLocaleString('en')} of ${files.toLocaleString('en')} files of messages were new: ${copiedBytes.toLocaleString('en')} bytes copied to attachments/.`,
  );
  if (missing > 0) {
    print(missingSentence(missing));
    if (keep !== Number.POSITIVE_INFINITY) print('Older backups, which may have them, all stay.');
  } else if (keep !== Number.POSITIVE_INFINITY) {
    printPruned(await pruneFolder(resolve(folder), { made: file, recipient: input.recipient, keep }));
  }
}

/** Says what was removed from a folder, and why not more. */
function printPruned({ backups, kept, files, bytes, filesStay }: Pruned): void {
  for (const name of backups) print(`${name} was removed.`);
  if (backups.length > 0) print(`${kept.toLocaleString('en')} backups for this recovery key stay (--keep).`);
  if (files > 0)
    print(
      `${files.toLocaleString('en')} files that no backup names any more were removed: ${bytes.toLocaleString('en')} bytes.`,
    );
  if (filesStay === 'running')
    print(
      'Files of messages that no backup names stay for now: another backup runs, or was interrupted today.',
    );
  if (filesStay === 'unlisted')
    print(
      'Files of messages that no backup names stay: one of the .age files has no .files list beside it, so what it names is not known.',
    );
}

/** Names the settings that this user may not read. */
function printUnreadable(names: string[]): void {
  for (const name of names) process.stderr.write(`${name} is not in it: this user may not read it.\n`);
}

function missingSentence(missing: number): string {
  return `${missing.toLocaleString('en')} files of messages are not in it: deleted meanwhile, or missing on this box (npm run verify tells).`;
}
