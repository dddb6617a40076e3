import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Cipher } from '../cipher/cipher.ts';
import { openServerTime, systemClocks } from '../clock.ts';
import { readConfig } from '../config.ts';
import { realDisk } from '../storage/lowdb/disk/disk.ts';
import { AttachmentFolder } from '../storage/lowdb/pages/attachment-folder.ts';
import { openReadOnly, withFolderLock } from '../storage/lowdb/repair/open-read-only.ts';
import { readStorageKey } from '../storage/lowdb/storage-key.ts';
import { type Arguments, confirm, Progress, print, runCommand, stopSignal } from './command.ts';
import { explainFileError } from './file-errors.ts';
import { filesFolder, type Sink, writeExport, writeExportTo } from './import/write-export.ts';
import { countMessages } from './sample-check.ts';
import { withCipher } from './with-cipher.ts';

const USAGE = `npm run export -- [file] [options]

Writes accounts and messages into one db.json of the original project's shape while
chat-core is stopped. Messages stay sealed: npm run import reads it back on a box that
has the same keys. Without a name the file is bisik-<date>.json; "-" is standard output.

The files of messages go into a folder beside it, bisik-<date>.files, sealed or readable
as the messages are. Standard output has none.

  --plain                messages and files readable by anyone who has them; asks first
  --without-attachments  leave out the files of messages
  --force                replace a file, and its folder, that is there
  --yes                  do not ask
  --help                 print this
`;

const DAY_MS = 24 * 3600 * 1000;

const standardOutput: Sink = {
  writeFile: (text) =>
    new Promise((written, fail) =>
      process.stdout.write(text, (error) =>
        error ? fail(explainFileError(error, 'Standard output', 'write')) : written(),
      ),
    ),
};

async function work(args: Arguments): Promise<boolean> {
  const [name = `bisik-${new Date().toISOString().slice(0, 10)}.json`, ...more] = args.positionals;
  if (more.length > 0) throw new Error('Name one file: npm run export -- db.json');
  const toOutput = name === '-';
  if (toOutput && process.stdout.isTTY)
    throw new Error('An export is no text for a terminal: send it into a file.');
  const path = toOutput ? undefined : resolve(name);
  const replace = args.flag('force');
  if (path && existsSync(path) && !replace)
    throw new Error(`${path} is there already: say --force to replace it.`);
  // An export on standard output must not contain the report.
  const report = (line: string) => (toOutput ? void process.stderr.write(`${line}\n`) : print(line));
  const config = readConfig();
  const plain = args.flag('plain');
  const signal = stopSignal();
  if (plain && !args.flag('yes') && !(await confirm('Write every message readable into a file?'))) {
    report('Nothing was written.');
    return false;
  }
  const write = (cipher?: Cipher) =>
    withFolderLock(config.dataDir, async () => {
      const database = await openReadOnly(config.dataDir, realDisk, readStorageKey(config.keysDir));
      const { files: filesInMessages } = database.state.totalUsage();
      const isWithout = toOutput || args.flag('without-attachments');
      const files = isWithout
        ? undefined
        : new AttachmentFolder(realDisk, join(config.dataDir, 'attachments'));
      const total = countMessages(database.state);
      const progress = new Progress('messages', total);
      const now = openServerTime(database.last, systemClocks).now();
      const { retentionDays } = config;
      const expiry = { now, ...(retentionDays > 0 && { retainedSince: now - retentionDays * DAY_MS }) };
      const onMessages = (done: number) => progress.show(done);
      const written = path
        ? await writeExport(
            database,
            path,
            { cipher, replace, signal, expiry, ...(files && { files }) },
            onMessages,
          )
        : await writeExportTo(standardOutput, database, { cipher, expiry }, (done) => {
            if (signal.aborted) throw new Error('The export was stopped: what came out is not whole.');
            onMessages(done);
          });
      report(`${written.messages.toLocaleString('en')} messages are in ${path ?? 'the output'}.`);
      if (written.deleted > 0) report(`${written.deleted.toLocaleString('en')} more are deleted.`);
      if (path && written.files > 0)
        report(`${written.files.toLocaleString('en')} of their files are in ${filesFolder(path)}.`);
      if (written.missing > 0)
        report(`${written.missing.toLocaleString('en')} of their files are missing here, or do not open.`);
      if (isWithout && filesInMessages > 0)
        report(`${filesInMessages.toLocaleString('en')} files of messages are not in it.`);
    });
  await (plain ? withCipher(config, write) : write());
  return true;
}

await runCommand(
  USAGE,
  {
    plain: { type: 'boolean' },
    'without-attachments': { type: 'boolean' },
    force: { type: 'boolean' },
    yes: { type: 'boolean' },
  },
  work,
);
