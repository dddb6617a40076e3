/** `npm run backup`: the whole box in one sealed file, while it runs. */
import { readConfig } from '../config.ts';
import { makeRecoveryKey, presentKey, readRecipient } from './backup/recovery-key.ts';
import { writeBackup, writeBackupFile } from './backup/write-backup.ts';
import { type Given, refuseUsage, runCommand, say } from './command.ts';
import { Progress } from './progress.ts';

const USAGE = `npm run backup -- <file>
Writes everything of this box, its keys too, into one file, sealed for the recovery key. The box may run meanwhile.
DATA_DIR and KEYS_DIR say where the box is. "-" writes to standard output.

  --force             replace a file that is there
  --new-recovery-key  make a recovery key and show it, once; older backups still need the older key.
                      Without <file> nothing else is done.
  --help              this
`;

await runCommand(
  USAGE,
  { force: { type: 'boolean' }, 'new-recovery-key': { type: 'boolean' } },
  async (given) => {
    const { dataDir, keysDir } = readConfig();
    const [file, ...more] = given.words;
    const asked = given.flag('new-recovery-key');
    if (more.length > 0 || (file === undefined && !asked)) return refuseUsage(USAGE);
    const recipient = await recipientFor(keysDir, asked);
    if (file !== undefined) await backUp({ dataDir, keysDir, recipient }, file, given);
    return true;
  },
);

/** Where there is no key one is made, but only for a person who sees it. */
async function recipientFor(keysDir: string, asked: boolean): Promise<string> {
  const known = await readRecipient(keysDir).catch((error: Error) => {
    if (asked) return undefined;
    throw error;
  });
  if (known !== undefined && !asked) return known;
  if (!asked && !process.stderr.isTTY) {
    throw new Error(
      'This box has no recovery key yet: run npm run backup -- --new-recovery-key once where you can read its answer.',
    );
  }
  const identity = await makeRecoveryKey(keysDir);
  // Not standard output, which may be the backup.
  process.stderr.write(presentKey(identity));
  const recipient = await readRecipient(keysDir);
  if (recipient === undefined) throw new Error('The recovery key was not kept.');
  return recipient;
}

async function backUp(
  of: { dataDir: string; keysDir: string; recipient: string },
  file: string,
  given: Given,
): Promise<void> {
  let progress: Progress | undefined;
  let shown = 0;
  const onBytes = (done: number, all: number) => {
    progress ??= new Progress('Bytes sealed', all);
    if (done - shown < 2 ** 20 && done < all) return;
    shown = done;
    progress.show(done);
  };
  if (file === '-') {
    if (process.stdout.isTTY) throw new Error('A backup is no text for a terminal: send it into a file.');
    await writeBackup(of, process.stdout, onBytes);
    return;
  }
  const { manifest, size } = await writeBackupFile(of, file, { replace: given.flag('force'), onBytes });
  say(
    `${file}: ${size.toLocaleString('en')} bytes, everything up to revision ${manifest.revision}. The recovery key opens it.`,
  );
}
