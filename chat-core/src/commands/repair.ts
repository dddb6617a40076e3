import { join } from 'node:path';
import { readConfig } from '../config.ts';
import { realDisk } from '../storage/lowdb/disk.ts';
import { Damage } from '../storage/lowdb/page-file.ts';
import { isSure } from './ask.ts';
import { type Given, runCommand, say } from './command.ts';
import { mend } from './mend.ts';
import { readBox, withFolder } from './read-box.ts';
import { inspect, type Survey } from './survey.ts';
import { rangesOf } from './survey-journal.ts';

const USAGE = `npm run repair -- [options]

Brings a DATA_DIR that refuses to start back, while chat-core is stopped. It says what is
lost and asks; damaged files are copied into DATA_DIR/damaged-<time> first. Every line of
the journal and every row of a page that is whole is kept, those after the damage too. Where
a message is gone, a locked one stands in its place. Accounts cannot be made up: when a
page of users is damaged, only a backup helps. A backup, where there is one, is better in
any case.

  --dry-run    only say what is lost
  --yes        do not ask
  --help       print this
`;

const NO_HELP = 'This cannot be repaired: restore a backup. Nothing was changed.';

async function work(given: Given): Promise<boolean> {
  if (given.words.length > 0) throw new Error('There is nothing to name: repair works on DATA_DIR.');
  const { dataDir } = readConfig();
  return withFolder(dataDir, async () => {
    const found = await inspect(realDisk, dataDir).catch((error: unknown) => {
      if (!(error instanceof Damage)) throw error;
      throw new Error(`${error.path} does not read as it was written. ${NO_HELP}`);
    });
    if (found.faults.length === 0) {
      say('Nothing is wrong: there is nothing to repair.');
      return true;
    }
    for (const { path, offset, what } of found.faults) say(`${path} at byte ${offset}: ${what}`);
    if (found.lostAccounts) throw new Error(`Accounts are lost. ${NO_HELP}`);
    for (const line of lossesOf(found)) say(line);
    if (given.flag('dry-run')) {
      say('Nothing was changed.');
      return true;
    }
    if (!given.flag('yes') && !(await isSure(`Repair ${dataDir}, without what is lost?`))) {
      say('Nothing was changed.');
      return false;
    }
    const aside = join(dataDir, `damaged-${new Date().toISOString().replace(/[:.]/g, '-')}`);
    await mend(realDisk, dataDir, found, aside);
    await readBox(dataDir);
    say(`Repaired. What was damaged is in ${aside}. Now run npm run verify.`);
    return true;
  });
}

/** What is lost, in sentences. */
function lossesOf({ state, lost, lostPictures, missing }: Survey): string[] {
  const sentences: string[] = [];
  for (const [id, seqs] of lost) {
    const people = state
      .conversation(id)
      ?.members.map((member) => state.account(member)?.username ?? 'somebody unknown');
    const sorted = seqs.toSorted((a, b) => a - b);
    sentences.push(
      `Lost between ${people?.join(' and ')}: ${seqs.length} messages, number ${rangesOf(sorted)}. They will be shown locked.`,
    );
  }
  if (missing.length > 0) {
    sentences.push(
      `Lost of the journal: ${missing.length} changes, revision ${rangesOf(missing)}. A new account, a friendship, a sign-in or a changed password among them is gone too, and so is a message that nothing came after. Invitations are over: make new ones.`,
    );
  }
  for (const id of lostPictures) {
    sentences.push(`Lost: the picture of ${state.account(id)?.username ?? 'somebody'}.`);
  }
  return sentences.length > 0 ? sentences : ['No message is lost.'];
}

await runCommand(USAGE, { 'dry-run': { type: 'boolean' }, yes: { type: 'boolean' } }, work);
