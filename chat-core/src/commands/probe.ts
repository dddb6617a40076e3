/** `npm run probe`: sends a message through the running box and reads it again. */
import { readConfig } from '../config.ts';
import { sendAdminRequest } from './admin-client.ts';
import { print, refuseUsage, runCommand } from './command.ts';

const USAGE = `npm run probe -- [options]

Lets the running box send a message and read it again, in a chat of its own that people do
not see and that is removed at once, and opens a sample of the stored messages. Exit code 0
when all of it succeeded, else 1.

  --json    print the result as JSON
  --help    print this
`;

await runCommand(USAGE, { json: { type: 'boolean' } }, async ({ positionals, flag }) => {
  if (positionals.length > 0) return refuseUsage(USAGE);
  const report = await sendAdminRequest(readConfig(), { ask: 'probe' });
  if (flag('json')) process.stdout.write(`${JSON.stringify(report)}\n`);
  else {
    for (const { name, ok, ms, error } of report.steps)
      print(ok ? `${name}: done in ${ms} ms` : `${name}: failed after ${ms} ms. ${error}`);
    print(`${report.sampled} stored messages were opened.`);
  }
  return report.ok;
});
