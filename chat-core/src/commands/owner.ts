/** `npm run owner`: shows who owns the box, makes a person an owner, or prints the code of a box without one. */
import { readConfig } from '../config.ts';
import { sendAdminRequest } from './admin-client.ts';
import { print, refuseUsage, runCommand } from './command.ts';

const USAGE = `npm run owner -- [username]

Prints who owns this box: owners have pages on their phone for people, reports, settings and
backups, and read no message. With a username it makes that person an owner. For a box that
has none it prints the code again that chat-core printed at its start: whoever enters it first
under Settings becomes the owner. The box may run meanwhile.

  --help  print this
`;

await runCommand(USAGE, {}, async ({ positionals: [username, ...more] }) => {
  if (more.length > 0) return refuseUsage(USAGE);
  const { owners, code } = await sendAdminRequest(readConfig(), {
    ask: 'owner',
    ...(username !== undefined && { username }),
  });
  if (owners.length > 0) print(`Owners of this box: ${owners.join(', ')}.`);
  else if (code !== undefined)
    print(`This box has no owner yet. Log in, open Settings, and enter this code, which works once: ${code}`);
  else print('This box has no owner yet. Start it: chat-core then prints a code for the first one.');
  return true;
});
