/** `npm run invite`: an invitation by whoever runs the box, the first one too. */
import { readConfig } from '../config.ts';
import { DAYS, USES } from '../invites/invites.ts';
import { askBox } from './admin-client.ts';
import { type Given, runCommand, say } from './command.ts';

const USAGE = `npm run invite -- [options]

Prints a link with which somebody makes an account, or shows and ends the open ones, those of
members too. The box may run meanwhile. Without PUBLIC_URL, the address people open your
page at, the link is shown without it.

  --uses <n>      how many may follow it: ${USES.usual} unless said, ${USES.most} at most
  --days <n>      how long it holds: ${DAYS.usual} unless said, ${DAYS.most} at most
  --list          show the open invitations
  --revoke <id>   end one at once
  --help          print this
`;

async function work(given: Given): Promise<boolean> {
  if (given.words.length > 0) throw new Error('There is nothing to name: see npm run invite -- --help.');
  const { dataDir, publicUrl } = readConfig();
  const revoked = given.value('revoke');
  if (revoked !== undefined) say((await askBox(dataDir, { ask: 'revoke-invite', id: revoked })).message);
  else if (given.flag('list')) await list(dataDir);
  else await make(dataDir, publicUrl, given);
  return true;
}

async function make(dataDir: string, publicUrl: string | undefined, given: Given): Promise<void> {
  const uses = number(given, 'uses', USES);
  const days = number(given, 'days', DAYS);
  const { code } = await askBox(dataDir, { ask: 'invite', uses, days });
  say(`${publicUrl ?? ''}/#/invite/${code}`);
  if (publicUrl === undefined) {
    say('Put the address people open your page at before it, such as http://localhost:8080/#/invite/…');
  }
  say(`It lets ${uses === 1 ? 'one person' : `${uses} people`} in, for ${days} days. It is shown this once.`);
}

async function list(dataDir: string): Promise<void> {
  const open = await askBox(dataDir, { ask: 'invites' });
  for (const { id, by, uses, used, expiresAt } of open) {
    say(`${id}  ${used} of ${uses} used, until ${new Date(expiresAt).toISOString()}, by ${by ?? 'you'}`);
  }
  if (open.length === 0) say('No invitation is open.');
}

function number(given: Given, name: string, { usual, most }: { usual: number; most: number }): number {
  const text = given.value(name) ?? String(usual);
  const value = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > most) throw new Error(`--${name} takes a number from 1 to ${most}.`);
  return value;
}

await runCommand(
  USAGE,
  {
    uses: { type: 'string' },
    days: { type: 'string' },
    list: { type: 'boolean' },
    revoke: { type: 'string' },
  },
  work,
);
