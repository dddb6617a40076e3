/** `npm run reset-password`: makes a one-time code for a person who forgot the password. */
import { readConfig } from '../config.ts';
import { sendAdminRequest } from './admin-client.ts';
import { print, refuseUsage, runCommand } from './command.ts';

const USAGE = `npm run reset-password -- <username>

Prints a code with which this person sets a new password, once, within 15 minutes. Until then
the old one holds; afterwards every device is logged out. Five wrong tries end the code.
The box may run meanwhile. Be sure who asks you: whoever has the code has the account.

  --help    print this
`;

await runCommand(USAGE, {}, async ({ positionals: [username, ...more] }) => {
  if (username === undefined || more.length > 0) return refuseUsage(USAGE);
  const reset = await sendAdminRequest(readConfig().dataDir, { ask: 'reset-password', username });
  print(`The code for ${reset.username}: ${reset.code}`);
  print('It sets a new password once, within 15 minutes: on the page, under "Forgot your password?".');
  return true;
});
