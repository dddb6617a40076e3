import { existsSync } from 'node:fs';
import { readFile, rename, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { readConfig } from '../config.ts';
import { openLowdbStore, openMemoryStore } from '../storage/lowdb/lowdb-store.ts';
import { readStorageKey } from '../storage/lowdb/storage-key.ts';
import { type Arguments, confirm, Progress, print, runCommand, showBytes } from './command.ts';
import { explainFileError } from './file-errors.ts';
import { applyImport } from './import/apply-import.ts';
import { decodeText } from './import/decode-text.ts';
import { FileSource } from './import/import-files.ts';
import { planImport } from './import/import-plan.ts';
import { requireGroupLimit } from './import/import-plan-groups.ts';
import { importReport } from './import/import-report.ts';
import { needOf, roomForImport } from './import/import-room.ts';
import { readLegacyKey } from './import/legacy-cipher.ts';
import { readSeedFile } from './import/seed-file.ts';
import { withCipher } from './with-cipher.ts';

const MAX_BYTES = 100 * 2 ** 20;

const USAGE = `npm run import -- <db.json> [options]

Brings a db.json of the original project, or of npm run export, into DATA_DIR while
chat-core is stopped. It reports first and asks. Run twice, it changes nothing more.
The file is read whole: up to 100 MB. Files of messages are read from the folder beside
it that the export wrote, and from nowhere else.

  --legacy-key <file>    the 32 bytes that open the original's messages: as they are,
                         in base64 or in hex
  --key-context none     how the key depends on the conversation. The original named a
                         context with each text; nothing says that its key used it, so
                         none is all there is
  --without-attachments  leave the files of messages where they are; they are shown as
                         missing
  --dry-run              only report
  --yes                  do not ask
  --help                 print this
`;

async function work(args: Arguments): Promise<boolean> {
  const [name, ...more] = args.positionals;
  if (!name || more.length > 0) throw new Error('Name one file: npm run import -- db.json');
  if ((args.value('key-context') ?? 'none') !== 'none') throw new Error('--key-context knows only none.');
  const config = readConfig();
  const keyFile = args.value('legacy-key');
  const legacyKey = keyFile === undefined ? undefined : readLegacyKey(await readInput(keyFile));
  const file = readSeedFile(decodeText(await readInput(name)));

  // The original's db.json may be in DATA_DIR itself, where the database is created.
  const ownFile = join(config.dataDir, 'db.json');
  const inPlace = resolve(name) === resolve(ownFile);
  const isEmpty = !existsSync(join(config.dataDir, 'meta.json')) && (inPlace || !existsSync(ownFile));
  const open = () => openLowdbStore(config.dataDir, { now: Date.now, key: readStorageKey(config.keysDir) });
  const planned = isEmpty ? await openMemoryStore() : await open();
  const plan = await planImport(file, planned, legacyKey).finally(() => planned.close());
  const files = new FileSource(args.flag('without-attachments') ? undefined : dirname(resolve(name)));
  const filesPlan = await files.count(plan);
  for (const line of importReport(plan, legacyKey !== undefined, filesPlan)) print(line);

  requireGroupLimit(plan, config.groupLimit);
  const messages = [...plan.conversations, ...plan.groups].reduce((sum, { rows }) => sum + rows.length, 0);
  const { accounts, rawPasswordIds, friendships, groups, conversations, headers, settings } = plan;
  const others = [accounts, rawPasswordIds, friendships, groups, conversations, headers, settings];
  if (others.every(({ length }) => length === 0) && messages === 0) {
    print('There is nothing to do.');
    return true;
  }
  const room = roomForImport(filesPlan);
  await room.require([needOf(plan, filesPlan, config.dataDir)]);
  if (args.flag('dry-run')) {
    print('Nothing was changed.');
    return true;
  }
  if (!args.flag('yes') && !(await confirm(`Bring this into ${config.dataDir}?`))) {
    print('Nothing was changed.');
    return false;
  }
  const progress = new Progress('messages', messages);
  const showFiles = showBytes('Bytes of files');
  let stored = 0;
  const onFile = async (bytes: number) => {
    stored += bytes;
    showFiles(stored, filesPlan.bytes);
    await room.written(bytes);
  };
  await withCipher(config, async (cipher) => {
    if (inPlace && isEmpty) await rename(ownFile, `${ownFile}.original`);
    const store = await open();
    try {
      await applyImport(plan, { store, cipher, files, onFile }, async (done, bytes) => {
        progress.show(done);
        await room.written(bytes);
      });
    } finally {
      await store.close();
    }
  });
  if (files.damaged > 0) {
    const damaged = files.damaged.toLocaleString('en');
    print(`${damaged} files of messages were not stored: they do not open, or changed meanwhile.`);
  }
  print(inPlace && isEmpty ? `Done. The file is now ${ownFile}.original.` : 'Done.');
  return true;
}

async function readInput(name: string): Promise<Buffer> {
  try {
    const found = await stat(name);
    if (!found.isFile()) throw new Error(`There is no file ${name}.`);
    if (found.size > MAX_BYTES) throw new Error(`${name} is larger than 100 MB.`);
    return await readFile(name);
  } catch (error) {
    throw explainFileError(error, name, 'read');
  }
}

await runCommand(
  USAGE,
  {
    'legacy-key': { type: 'string' },
    'key-context': { type: 'string' },
    'without-attachments': { type: 'boolean' },
    'dry-run': { type: 'boolean' },
    yes: { type: 'boolean' },
  },
  work,
);
