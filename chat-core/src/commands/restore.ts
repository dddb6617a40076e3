/** `npm run restore`: puts a backup in the place of what is there. */
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { readConfig } from '../config.ts';
import { foldersBeforeRestores } from '../storage/lowdb/maintenance/restores.ts';
import { forgetBefore, restoreBackup, tryBackup } from './backup/restore-box.ts';
import { refuseUsage, runCommand, say, stopSignal } from './command.ts';
import { isSure } from './confirm.ts';

const USAGE = `npm run restore -- <file>
Opens a backup with its recovery key, checks all of it, and puts it in the place of what is in DATA_DIR and KEYS_DIR,
which is moved aside into before-restore-<time> within each folder. The box must be stopped.
The recovery key is asked for at the terminal, without showing it; elsewhere it is read from standard input.

  --identity-file <file>  read the recovery key from a file
  --dry-run               check the backup and replace nothing; the box may run
  --forget                delete every before-restore-<time>, and nothing else; asks first; the box may run
  --yes                   do not ask
  --help                  this
`;

await runCommand(
  USAGE,
  {
    'identity-file': { type: 'string' },
    'dry-run': { type: 'boolean' },
    forget: { type: 'boolean' },
    yes: { type: 'boolean' },
  },
  async (given) => {
    const { dataDir, keysDir } = readConfig();
    const [file, ...more] = given.words;
    if (given.flag('forget') && file === undefined) return forget(dataDir, keysDir, given.flag('yes'));
    if (file === undefined || more.length > 0 || given.flag('forget')) return refuseUsage(USAGE);
    const identity = keyIn(await readKey(given.value('identity-file')));
    const restore = { dataDir, keysDir, file, identity, signal: stopSignal() };
    if (given.flag('dry-run')) {
      const { revision, files, created } = await sentences(tryBackup(restore));
      say(`${file} is whole: ${files.length} files of ${dateOf(created)}, up to revision ${revision}.`);
      return true;
    }
    const { manifest, aside } = await sentences(restoreBackup(restore));
    say(`Restored the box of ${dateOf(manifest.created)}, up to revision ${manifest.revision}.`);
    for (const folder of aside) say(`What was there before is in ${folder}.`);
    if (aside.length > 0) say('Once all is well, delete it: npm run restore -- --forget');
    return true;
  },
);

async function forget(dataDir: string, keysDir: string, isSaid: boolean): Promise<boolean> {
  const kept = await foldersBeforeRestores(dataDir, keysDir);
  if (kept.length === 0) {
    say('Nothing is kept from before a restore.');
    return true;
  }
  for (const folder of kept) say(folder);
  if (!isSaid && !(await isSure('Delete these, with the data and keys from before the restore?'))) {
    say('Nothing was deleted.');
    return false;
  }
  for (const folder of await forgetBefore(dataDir, keysDir)) say(`Deleted ${folder}.`);
  return true;
}

/** Says in words what the system says by a code. */
async function sentences<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const { code = '', path = '' } = error as NodeJS.ErrnoException;
    const words: Record<string, string> = {
      ENOENT: `There is no file ${path}.`,
      EISDIR: 'A backup is a file, and this is a folder.',
      EACCES: `${path} cannot be read or written by this user.`,
      ENOSPC: 'The disk is full: nothing was replaced. A restore takes the room of the box once more.',
    };
    throw words[code] === undefined ? error : new Error(words[code], { cause: error });
  }
}

/** The first line that is no comment: age-keygen writes some. */
function keyIn(given: string): string {
  const lines = given.split('\n').map((line) => line.trim());
  return lines.find((line) => line !== '' && !line.startsWith('#')) ?? '';
}

async function readKey(file: string | undefined): Promise<string> {
  if (file !== undefined) return sentences(readFile(file, 'utf8'));
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
