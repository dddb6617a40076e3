/** `npm run reports`: lists what people reported of each other. */
import { readConfig } from '../config.ts';
import type { NamedReport } from '../friends/reporting.ts';
import { sendAdminRequest } from './admin-client.ts';
import { print, refuseUsage, runCommand } from './command.ts';

const USAGE = `npm run reports

Prints what people of this box reported of each other, oldest first: when, who is reported, by
whom, why, and which message, by its conversation and number. No text is shown. Of each person
the newest 20 are kept. The box may run meanwhile.

  --help    print this
`;

await runCommand(USAGE, {}, async ({ positionals }) => {
  if (positionals.length > 0) return refuseUsage(USAGE);
  const reports = await sendAdminRequest(readConfig().dataDir, { ask: 'reports' });
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
