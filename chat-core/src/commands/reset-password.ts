/** `npm run reset-password`: makes a one-time code for a person who forgot the password. */
import { readConfig } from '../config.ts';
import { sendAdminRequest } from './admin-client.ts';
import { print, refuseUsage, runCommand } from './command.ts';

const USAGE = `npm run reset-password -- <username> [options]

Prints a code with which this person sets a new password, once, within 15 minutes. Until then
the old one holds; afterwards every device is logged out. Wrong tries do not end the code.
The box may run meanwhile. Be sure who asks you: whoever has the code has the account.

  --remove-second-factor    its use also removes the codes, passkeys and recovery codes of a person
                            who has lost them all; without it they are asked for as before
  --help                    print this
`;

const OPTIONS = { 'remove-second-factor': { type: 'boolean' } } as const;

await runCommand(USAGE, OPTIONS, async ({ positionals: [username, ...more], flag }) => {
  if (username === undefined || more.length > 0) return refuseUsage(USAGE);
  const config = readConfig();
  const reset = await sendAdminRequest(config, {
    ask: 'reset-password',
    username,
    ...(flag('remove-second-factor') && { removesSecondFactor: true }),
  });
  print(`The code for ${reset.username}: ${reset.code}`);
  print('It sets a new password once, within 15 minutes: on the page, under "Forgot your password?".');
  if (config.publicUrl)
    print(`Or by this link, which fills it in: ${config.publicUrl}/#/reset?code=${reset.code}`);
  if (flag('remove-second-factor')) print('With it the second factor of this account is removed.');
  return true;
});
