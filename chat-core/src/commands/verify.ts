import { readConfig } from '../config.ts';
import { realDisk } from '../storage/lowdb/disk/disk.ts';
import { CorruptionError } from '../storage/lowdb/pages/page-file.ts';
import { describeFutureRows } from '../storage/lowdb/repair/future-rows.ts';
import { type Fault, type IntegrityScan, scanFolder } from '../storage/lowdb/repair/integrity-scan.ts';
import { allAccounts } from '../storage/lowdb/repair/integrity-scan-people.ts';
import { openReadOnly, withFolderLock } from '../storage/lowdb/repair/open-read-only.ts';
import { type Given, runCommand, say } from './command.ts';
import { Progress } from './progress.ts';
import { countOf, openSample } from './repair/sample-check.ts';
import { withCipher } from './with-cipher.ts';

const USAGE = `npm run verify -- [options]

Checks every page and every line of the journal in DATA_DIR, that friendships are mutual
and that no message is missing, and opens a sample of them, while chat-core is stopped.
It says what is dated in the future, and changes nothing. Exit code 1 when anything is wrong.

  --sample <n>|all    how many messages to open: 1000 unless said, 0 for none
  --help              print this
`;

async function work(given: Given): Promise<boolean> {
  const sample = given.value('sample') ?? '1000';
  if (!/^(\d{1,9}|all)$/.test(sample) || given.words.length > 0) {
    throw new Error('--sample takes a number or all, and there is nothing else to say.');
  }
  const config = readConfig();
  return withFolderLock(config.dataDir, async () => {
    const found = await inspectAll(config.dataDir);
    if ('offset' in found) return tell([found]);
    const { state, revision, faults } = found;
    const total = countOf(state);
    const users = allAccounts(state).length - found.accounts.standIns.length;
    say(`${users.toLocaleString('en')} users`);
    say(`${[...state.conversationStates()].length.toLocaleString('en')} conversations`);
    say(`${total.toLocaleString('en')} messages, up to revision ${revision.toLocaleString('en')}`);
    const most = Math.min(sample === 'all' ? total : Number(sample), total);
    if (faults.length > 0) return tell(faults);
    const box = await openReadOnly(config.dataDir);
    for (const sentence of await describeFutureRows(box, found.at, Date.now())) say(sentence);
    if (most === 0) return tell([]);
    const progress = new Progress('opened', most);
    const sampled = await withCipher(config, (cipher) =>
      openSample(box, cipher, most, (done) => progress.show(done)),
    );
    say(`${sampled.opened.toLocaleString('en')} of ${most.toLocaleString('en')} opened`);
    if (sampled.deleted > 0) say(`${sampled.deleted.toLocaleString('en')} are deleted`);
    if (sampled.locked > 0) say(`${sampled.locked.toLocaleString('en')} are locked, as they were stored`);
    return tell(sampled.faults);
  });
}

/** A scan, or what keeps it from beginning. */
async function inspectAll(folder: string): Promise<IntegrityScan | Fault> {
  try {
    return await scanFolder(realDisk, folder);
  } catch (error) {
    if (!(error instanceof CorruptionError)) throw error;
    return { path: error.path, offset: error.offset, what: 'it does not read as it was written' };
  }
}

function tell(faults: Fault[]): boolean {
  for (const { path, offset, what } of faults) say(`${path} at byte ${offset}: ${what}`);
  say(faults.length === 0 ? 'Nothing is wrong.' : `${faults.length} faults. See npm run repair -- --help.`);
  return faults.length === 0;
}

await runCommand(USAGE, { sample: { type: 'string' } }, work);
