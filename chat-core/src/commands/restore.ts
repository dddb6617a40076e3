/** `npm run restore`: replaces data and keys by those of a backup. */
import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { readConfig } from '../config.ts';
import { foldersBeforeRestores } from '../storage/lowdb/maintenance/restores.ts';
import { newestIn } from './backup/backup-folder.ts';
import type { EndedSessions } from './backup/end-sessions.ts';
import { checkBackup, deleteReplaced, restoreBackup } from './backup/restore-backup.ts';
import { writeSettings } from './backup/restore-settings.ts';
import type { CheckedBackup } from './backup/unpack-backup.ts';
import { type Arguments, confirm, print, refuseUsage, runCommand, showBytes, stopSignal } from './command.ts';
import { readBackupSettings } from './nightly/config.ts';

const USAGE = `npm run restore -- <file or folder>
Opens a backup (of a folder the newest) with its recovery key, checks all of it, and puts it in the place of what is in
DATA_DIR and KEYS_DIR, which is moved aside into before-restore-<time> within each folder. The box must be stopped.
The recovery key is asked for at the terminal, without showing it; elsewhere it is read from standard input.

  --from-target           take the backup from BACKUP_TARGET, the newest unless its name is said
  --identity-file <file>  read the recovery key from a file
  --settings <folder>     write .env and the tunnel's files of the backup there too; one that is there is renamed
  --with-deleted          bring back what was deleted since the backup; else it stays deleted
  --keep-sessions         leave people logged in as on the day of the backup; else everyone logs in again
  --dry-run               check the backup and replace nothing; the box may run
  --forget                delete every before-restore-<time>, and nothing else; asks first; the box may run
  --yes                   do not ask
  --help                  this
`;

await runCommand(
  USAGE,
  {
    'identity-file': { type: 'string' },
    'from-target': { type: 'boolean' },
    settings: { type: 'string' },
    'with-deleted': { type: 'boolean' },
    'keep-sessions': { type: 'boolean' },
    'dry-run': { type: 'boolean' },
    forget: { type: 'boolean' },
    yes: { type: 'boolean' },
  },
  async (args) => {
    const { dataDir, keysDir } = readConfig();
    const [named, ...more] = args.positionals;
    if (args.flag('forget') && named === undefined) return deleteOld(dataDir, keysDir, args.flag('yes'));
    if (more.length > 0 || args.flag('forget')) return refuseUsage(USAGE);
    if (args.flag('from-target'))
      return withFetched(named, async (file) => restoreFrom(file, args, { dataDir, keysDir }));
    if (named === undefined) return refuseUsage(USAGE);
    const isFolder = (await stat(named).catch(() => undefined))?.isDirectory();
    const file = isFolder ? await explained(newestIn(named)) : named;
    return restoreFrom(file, args, { dataDir, keysDir });
  },
);

async function restoreFrom(
  file: string,
  args: Arguments,
  { dataDir, keysDir }: { dataDir: string; keysDir: string },
): Promise<boolean> {
  const identity = keyIn(await readKey(args.value('identity-file')));
  const input = {
    dataDir,
    keysDir,
    file,
    identity,
    signal: stopSignal(),
    onBytes: showBytes('Bytes read'),
  };
  if (args.flag('dry-run')) {
    const checked = await explained(checkBackup(input));
    const { revision, files, created } = checked;
    print(`${file} is whole: ${files.length} files of ${dateOf(created)}, up to revision ${revision}.`);
    printAttachments(checked);
    return true;
  }
  const withDeleted = args.flag('with-deleted');
  const keepSessions = args.flag('keep-sessions');
  const { manifest, deletions, sessions, aside, settings } = await explained(
    restoreBackup({ ...input, withDeleted, keepSessions }),
  );
  print(`Restored the box of ${dateOf(manifest.created)}, up to revision ${manifest.revision}.`);
  printAttachments(manifest);
  if (!withDeleted) printDeletions(deletions);
  printSessions(sessions, keepSessions);
  const settingsDir = args.value('settings');
  if (settingsDir !== undefined)
    for (const path of await writeSettings(settingsDir, settings)) print(`${path} is that of the backup.`);
  else if (settings.size > 0) print('It has settings too (.env): --settings <folder> writes them.');
  for (const folder of aside) print(`What was there before is in ${folder}.`);
  if (aside.length > 0) print('Once all is well, delete it: npm run restore -- --forget');
  return true;
}

/** Fetches a backup from BACKUP_TARGET into BACKUP_SCRATCH_DIR, and removes it there after `work`. */
async function withFetched(
  name: string | undefined,
  work: (file: string) => Promise<boolean>,
): Promise<boolean> {
  const { target: settings, scratchDir } = readBackupSettings();
  if (settings === undefined)
    throw new Error('BACKUP_TARGET is not set: name a folder, https://… (WebDAV) or s3://bucket/prefix.');
  const { openTarget } = await import('./nightly/open-target.ts');
  const { fetchBackup } = await import('./nightly/fetch-backup.ts');
  const folder = join(scratchDir, 'fetched');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    return await work(await fetchBackup(openTarget(settings), folder, name));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function printAttachments({ attachments, missing }: CheckedBackup): void {
  if (!attachments) {
    print('It has no files of messages: the box shows those as missing.');
    return;
  }
  const { length } = attachments.files;
  if (length > 0) print(`${(length - missing).toLocaleString('en')} files of messages are in it.`);
  if (missing > 0)
    print(`${missing.toLocaleString('en')} more are not, and are shown as missing: deleted since, or lost.`);
}

/** Says what stays deleted. */
function printDeletions(deletions: { messages: number; groups: number; people: number } | undefined): void {
  if (!deletions) {
    print(
      'What was deleted after the backup is not known here: the data before were of another box, or do not read.',
    );
    return;
  }
  const { messages, groups, people } = deletions;
  if (messages + groups > 0)
    print(
      `${messages.toLocaleString('en')} messages and ${groups.toLocaleString('en')} groups that were deleted since stay deleted.`,
    );
  if (people > 0) print(`People who were deleted since stay deleted: ${people.toLocaleString('en')}.`);
}

/** Says who is logged in afterwards, and what is as on the day of the backup again. */
function printSessions({ sessions, suspended }: EndedSessions, areKept: boolean): void {
  if (suspended > 0)
    print(`People who were suspended since stay suspended: ${suspended.toLocaleString('en')}.`);
  print(
    areKept
      ? 'Sessions are those of the backup: a device that was logged out after it is logged in again.'
      : `Everyone logs in again: ${sessions.toLocaleString('en')} sessions of the backup were ended.`,
  );
  print(
    'Passwords, second factors, blocks, members of groups and invitations are those of the backup: repeat what was changed after it.',
  );
}

async function deleteOld(dataDir: string, keysDir: string, isConfirmed: boolean): Promise<boolean> {
  const old = await foldersBeforeRestores(dataDir, keysDir);
  if (old.length === 0) {
    print('Nothing is kept from before a restore.');
    return true;
  }
  for (const folder of old) print(folder);
  if (!isConfirmed && !(await confirm('Delete these, with the data and keys from before the restore?'))) {
    print('Nothing was deleted.');
    return false;
  }
  for (const folder of await deleteReplaced(dataDir, keysDir)) print(`Deleted ${folder}.`);
  return true;
}

/** Replaces the errno of a failed restore by a sentence. */
async function explained<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const { code = '', path = '' } = error as NodeJS.ErrnoException;
    const sentences: Record<string, string> = {
      ENOENT: `There is no file ${path}.`,
      EACCES: `${path} cannot be read or written by this user.`,
      ENOSPC: 'The disk is full: nothing was replaced. A restore takes the room of the box once more.',
      EDQUOT: 'The disk is full: nothing was replaced. A restore takes the room of the box once more.',
    };
    throw sentences[code] === undefined ? error : new Error(sentences[code], { cause: error });
  }
}

/** The first line that is no comment; age-keygen writes comments. */
function keyIn(content: string): string {
  const lines = content.split('\n').map((line) => line.trim());
  return lines.find((line) => line !== '' && !line.startsWith('#')) ?? '';
}

async function readKey(file: string | undefined): Promise<string> {
  if (file !== undefined) return explained(readFile(file, 'utf8'));
  if (!process.stdin.isTTY) return text(process.stdin);
  process.stderr.write('Recovery key (it is not shown): ');
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true });
  terminal.once('SIGINT', () => process.exit(130));
  try {
    return await terminal.question('');
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}

function dateOf(time: number): string {
  return new Date(time).toISOString();
}
