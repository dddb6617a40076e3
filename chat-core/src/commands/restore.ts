/** `npm run restore`: puts a backup in the place of what is there. */
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { readConfig } from '../config.ts';
import { runCommand, say } from './command.ts';
import { restoreBackup, tryBackup } from './restore-box.ts';

const USAGE = `npm run restore -- <file>
Opens a backup with its recovery key, checks all of it, and puts it in the place of what is in DATA_DIR and KEYS_DIR,
which is moved aside into before-restore-<time> within each folder and never deleted. The box must be stopped.
The recovery key is asked for at the terminal, without showing it; elsewhere it is read from standard input.

  --identity-file <file>  read the recovery key from a file
  --dry-run               check the backup and replace nothing; the box may run
  --help                  this
`;

await runCommand(
  USAGE,
  { 'identity-file': { type: 'string' }, 'dry-run': { type: 'boolean' } },
  async (given) => {
    const { dataDir, keysDir } = readConfig();
    const [file, ...more] = given.words;
    if (file === undefined || more.length > 0) {
      process.stderr.write(USAGE);
      return false;
    }
    const identity = keyIn(await readKey(given.value('identity-file')));
    if (given.flag('dry-run')) {
      const { revision, files, created } = await tryBackup({ dataDir, keysDir, file, identity });
      say(`${file} is whole: ${files.length} files of ${dateOf(created)}, up to revision ${revision}.`);
      return true;
    }
    const { manifest, aside } = await restoreBackup({ dataDir, keysDir, file, identity });
    say(`Restored the box of ${dateOf(manifest.created)}, up to revision ${manifest.revision}.`);
    for (const folder of aside) say(`What was there before is in ${folder}.`);
    return true;
  },
);

/** The first line that is no comment: age-keygen writes some. */
function keyIn(given: string): string {
  const lines = given.split('\n').map((line) => line.trim());
  return lines.find((line) => line !== '' && !line.startsWith('#')) ?? '';
}

async function readKey(file: string | undefined): Promise<string> {
  if (file !== undefined) return readFile(file, 'utf8');
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
