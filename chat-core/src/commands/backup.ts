/** `npm run backup`: the whole database and all keys in one encrypted file, also while chat-core runs. */
import { readConfig } from '../config.ts';
import { createRecoveryKey, presentKey, readRecipient } from './backup/recovery-key.ts';
import { type BackupInput, writeBackup, writeBackupFile } from './backup/write-backup.ts';
import { type Arguments, Progress, print, refuseUsage, runCommand } from './command.ts';

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
  async (args) => {
    const { dataDir, keysDir } = readConfig();
    const [file, ...more] = args.positionals;
    const wantsNewKey = args.flag('new-recovery-key');
    if (more.length > 0 || (file === undefined && !wantsNewKey)) return refuseUsage(USAGE);
    const recipient = await recipientFor(keysDir, wantsNewKey);
    if (file !== undefined) await backUp({ dataDir, keysDir, recipient }, file, args);
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
  let progress: Progress | undefined;
  let shown = 0;
  const onBytes = (done: number, total: number) => {
    progress ??= new Progress('Bytes sealed', total);
    if (done - shown < 2 ** 20 && done < total) return;
    shown = done;
    progress.show(done);
  };
  if (file === '-') {
    if (process.stdout.isTTY) throw new Error('A backup is no text for a terminal: send it into a file.');
    await writeBackup(input, process.stdout, onBytes);
    return;
  }
  const { manifest, size } = await writeBackupFile(input, file, { replace: args.flag('force'), onBytes });
  print(
    `${file}: ${size.toLocaleString('en')} bytes, everything up to revision ${manifest.revision}. The recovery key opens it.`,
  );
}
