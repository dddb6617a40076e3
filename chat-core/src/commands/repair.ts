import { join } from 'node:path';
import { readConfig } from '../config.ts';
import { FORGED } from '../storage/lowdb/disk/authenticator.ts';
import { realDisk } from '../storage/lowdb/disk/disk.ts';
import { keyedDisk } from '../storage/lowdb/disk/keyed-disk.ts';
import { beginHistory, writeMeta } from '../storage/lowdb/pages/meta.ts';
import { CorruptionError } from '../storage/lowdb/pages/page-file.ts';
import { applyRepair } from '../storage/lowdb/repair/apply-repair.ts';
import { type IntegrityScan, scanFolder } from '../storage/lowdb/repair/integrity-scan.ts';
import { describeLosses, hasLostAccounts } from '../storage/lowdb/repair/losses.ts';
import { openReadOnly, withFolderLock } from '../storage/lowdb/repair/open-read-only.ts';
import { readStorageKey } from '../storage/lowdb/storage-key.ts';
import { type Arguments, confirm, print, runCommand } from './command.ts';

const USAGE = `npm run repair -- [options]

Brings a DATA_DIR that refuses to start back, while chat-core is stopped. It says what is
lost and asks; damaged files are copied into DATA_DIR/damaged-<time> first. Every line of
the journal and every row of a page that is whole is kept, those after the damage too. Where
a message is gone, a locked one stands in its place. A conversation whose page is gone is
made anew from its messages. A message whose file is gone keeps its text; files that nothing
names are moved there too. Accounts cannot be made up: those that a damaged page still
shows are kept, and of others only a backup has them. A backup, where there is one, is
better in any case.

  --without-lost-accounts  go on where accounts are lost. Where others name one, another
                           stands in its place: npm run reset-password lets its owner in
  --accept-changes         take what was written into DATA_DIR without the key of this box:
                           after your own change there, or when storage.key was lost.
                           Whoever wrote it may have changed passwords and moved messages
  --accept-older           take data as they are that chat-core refused because they are not
                           the newest that it wrote, or because cipher-service forgot
                           them: what came after is lost, and everybody's device loads
                           everything again
  --dry-run                only say what is lost
  --yes                    do not ask
  --help                   print this
`;

const NO_ACCOUNTS =
  'Accounts are lost: restore a backup. Where there is none, repair goes on with --without-lost-accounts. Nothing was changed.';
const FOREIGN =
  'DATA_DIR was changed without the key of this box: restore a backup. What you changed there yourself is taken with --accept-changes, and is otherwise lost.';
const ACCEPTED =
  'What this box did not write is taken as it is: passwords, members and messages in it are those of whoever wrote it.';
const NO_HELP = 'This cannot be repaired: restore a backup. Nothing was changed.';

async function work(args: Arguments): Promise<boolean> {
  if (args.positionals.length > 0) throw new Error('There is nothing to name: repair works on DATA_DIR.');
  const { dataDir, keysDir } = readConfig();
  return withFolderLock(dataDir, async () => {
    const key = readStorageKey(keysDir);
    const options = { key, acceptsChanges: args.flag('accept-changes') };
    const found = await scanFolder(realDisk, dataDir, options).catch((error: unknown) => {
      if (!(error instanceof CorruptionError)) throw error;
      if (error.what === FORGED)
        throw new Error(`${error.path} at byte ${error.offset}: ${FORGED}. ${FOREIGN}`);
      throw new Error(`${error.path} does not read as it was written. ${NO_HELP}`);
    });
    if (found.faults.length === 0)
      return args.flag('accept-older') ? acceptOlder(args, found) : nothingToDo();
    for (const { path, offset, what } of found.faults) print(`${path} at byte ${offset}: ${what}`);
    for (const line of describeLosses(found)) print(line);
    if (options.acceptsChanges) print(ACCEPTED);
    else if (found.faults.some(({ what }) => what === FORGED)) print(FOREIGN);
    if (args.flag('dry-run')) {
      print('Nothing was changed.');
      return true;
    }
    if (hasLostAccounts(found) && !args.flag('without-lost-accounts')) throw new Error(NO_ACCOUNTS);
    if (!args.flag('yes') && !(await confirm(`Repair ${dataDir}, without what is lost?`))) {
      print('Nothing was changed.');
      return false;
    }
    const aside = join(dataDir, `damaged-${new Date().toISOString().replace(/[:.]/g, '-')}`);
    await applyRepair(realDisk, dataDir, found, aside);
    await openReadOnly(dataDir, realDisk, key);
    print(`Repaired. What was damaged is in ${aside}. Now run npm run verify.`);
    return true;
  });
}

function nothingToDo(): boolean {
  print('Nothing is wrong: there is nothing to repair.');
  print('If chat-core refuses these data as older ones: --accept-older takes them as they are.');
  return true;
}

/** Begins another history with whole data, so that cipher-service takes them. */
async function acceptOlder(args: Arguments, { meta, revision, at, authenticator }: IntegrityScan) {
  const { dataDir } = readConfig();
  print(`The data end at revision ${revision}, of ${new Date(at).toISOString()}. What came after is lost.`);
  if (args.flag('dry-run') || !(args.flag('yes') || (await confirm(`Go on with ${dataDir} as it is?`)))) {
    print('Nothing was changed.');
    return args.flag('dry-run');
  }
  await writeMeta(keyedDisk(realDisk, dataDir, authenticator), dataDir, beginHistory(meta, revision));
  print('Done. Now start the box.');
  return true;
}

await runCommand(
  USAGE,
  {
    'without-lost-accounts': { type: 'boolean' },
    'accept-changes': { type: 'boolean' },
    'accept-older': { type: 'boolean' },
    'dry-run': { type: 'boolean' },
    yes: { type: 'boolean' },
  },
  work,
);
