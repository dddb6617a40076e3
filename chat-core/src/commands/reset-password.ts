/** `npm run reset-password`: a one-time code for somebody who forgot the password. */
import { readConfig } from '../config.ts';
import { askBox } from './admin-client.ts';
import { refuseUsage, runCommand, say } from './command.ts';

const USAGE = `npm run reset-password -- <username>

Prints a code with which this person sets a new password, once, within 15 minutes. Until then
the old one holds; afterwards every device is logged out. Five wrong tries end the code.
The box may run meanwhile. Be sure who asks you: whoever has the code has the account.

  --help    print this
`;

await runCommand(USAGE, {}, async ({ words: [username, ...more] }) => {
  if (username === undefined || more.length > 0) return refuseUsage(USAGE);
  const made = await askBox(readConfig().dataDir, { ask: 'reset-password', username });
  say(`The code for ${made.username}: ${made.code}`);
  say('It sets a new password once, within 15 minutes: on the page, under "Forgot your password?".');
  return true;
});
