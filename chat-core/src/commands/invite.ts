/** `npm run invite`: makes, lists and revokes invitations as the operator. */
import { type Config, readConfig } from '../config.ts';
import { DAYS, USES } from '../invites/invites.ts';
import { sendAdminRequest } from './admin-client.ts';
import { type Arguments, print, runCommand } from './command.ts';

const USAGE = `npm run invite -- [options]

Prints a link with which a person makes an account, or shows and ends the open ones, those of
members too. The box may run meanwhile. Without PUBLIC_URL, the address people open your
page at, the link is shown without it.

  --uses <n>      how many may follow it: ${USES.default} unless said, ${USES.max} at most
  --qr            shows its QR code too, for a phone's camera
  --days <n>      how long it holds: ${DAYS.default} unless said, ${DAYS.max} at most
  --list          show the open invitations
  --revoke <id>   end one at once
  --help          print this
`;

async function work(args: Arguments): Promise<boolean> {
  if (args.positionals.length > 0) throw new Error('There is nothing to name: see npm run invite -- --help.');
  const config = readConfig();
  const revoked = args.value('revoke');
  if (revoked !== undefined)
    print((await sendAdminRequest(config, { ask: 'revoke-invite', id: revoked })).message);
  else if (args.flag('list')) await list(config);
  else await createInvite(config, args);
  return true;
}

async function createInvite(config: Config, args: Arguments): Promise<void> {
  const uses = numberOption(args, 'uses', USES);
  const days = numberOption(args, 'days', DAYS);
  const { code } = await sendAdminRequest(config, { ask: 'invite', uses, days });
  const link = `${config.publicUrl ?? ''}/#/invite/${code}`;
  print(link);
  if (args.flag('qr') && config.publicUrl !== undefined) {
    const { terminalQr } = await import('./terminal-qr.ts');
    for (const line of terminalQr(link)) print(line);
  }
  if (config.publicUrl === undefined) {
    print('Put the address people open your page at before it, such as http://localhost:8080/#/invite/…');
  }
  print(
    `It lets ${uses === 1 ? 'one person' : `${uses} people`} in, for ${days} days. It is shown this once.`,
  );
}

async function list(config: Config): Promise<void> {
  const open = await sendAdminRequest(config, { ask: 'invites' });
  for (const { id, by, uses, used, expiresAt } of open) {
    print(`${id}  ${used} of ${uses} used, until ${new Date(expiresAt).toISOString()}, by ${by ?? 'you'}`);
  }
  if (open.length === 0) print('No invitation is open.');
}

function numberOption(
  args: Arguments,
  name: string,
  { default: fallback, max }: { default: number; max: number },
): number {
  const text = args.value(name) ?? String(fallback);
  const value = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > max) throw new Error(`--${name} takes a number from 1 to ${max}.`);
  return value;
}

await runCommand(
  USAGE,
  {
    uses: { type: 'string' },
    days: { type: 'string' },
    qr: { type: 'boolean' },
    list: { type: 'boolean' },
    revoke: { type: 'string' },
  },
  work,
);
