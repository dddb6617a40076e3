/** `npm run reports`: lists what people reported of each other. */
import { readConfig } from '../config.ts';
import type { NamedReport } from '../friends/reporting.ts';
import { sendAdminRequest } from './admin-client.ts';
import { print, refuseUsage, runCommand } from './command.ts';

const USAGE = `npm run reports -- [options]

Prints what people of this box reported of each other, oldest first: when, who is reported, by
whom, why, and which message, by its conversation and number. No text is shown. About
one person 100 are kept, 5 by the same reporter; then no more are taken until these are cleared.
The box may run meanwhile.

  --clear <username>  delete the reports about this person
  --help              print this
`;

await runCommand(USAGE, { clear: { type: 'string' } }, async ({ positionals, value }) => {
  if (positionals.length > 0) return refuseUsage(USAGE);
  const config = readConfig();
  const username = value('clear');
  if (username !== undefined) {
    const { count } = await sendAdminRequest(config, { ask: 'clear-reports', username });
    print(`Deleted: ${count}. People may report ${username} again.`);
    return true;
  }
  const reports = await sendAdminRequest(config, { ask: 'reports' });
  for (const report of reports) print(lineOf(report));
  if (reports.length === 0) print('Nobody has reported anybody.');
  return true;
});

function lineOf({ at, about, by, reason, conversationId, seq }: NamedReport): string {
  const time = new Date(at).toISOString().slice(0, 16).replace('T', ' ');
  const where = conversationId === undefined ? '' : ` in conversation ${conversationId}`;
  const message = seq === undefined ? '' : `, message ${seq}`;
  return `${time} UTC  ${about}, for ${reason}, reported by ${by}${where}${message}`;
}
