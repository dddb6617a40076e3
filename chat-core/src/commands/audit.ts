/** `npm run audit`: lists the security events of the box that concern its owner. */
import type { NamedEvent } from '../admin/admin.ts';
import { EVENTS } from '../audit/events.ts';
import { readConfig } from '../config.ts';
import { sendAdminRequest } from './admin-client.ts';
import { print, refuseUsage, runCommand } from './command.ts';

const USAGE = `npm run audit -- [username] [options]

Prints the newest 1,000 security events that this box has stored, oldest first: accounts made,
passwords changed and reset, devices ended, invitations, reports, guesses that were stopped,
faults, the operator's commands, starts and stops. With a username only those of that account.
If the box runs, it also prints how often every event has occurred since its start. Each event
is also in the log of chat-core, with those that are too frequent to be stored.

  --days <n>  only the last n days
  --help      print this
`;

await runCommand(USAGE, { days: { type: 'string' } }, async ({ positionals, value }) => {
  const [username, ...more] = positionals;
  const days = value('days');
  if (more.length > 0 || (days !== undefined && !/^[1-9]\d{0,3}$/.test(days))) return refuseUsage(USAGE);
  const { events, counts } = await sendAdminRequest(readConfig(), {
    ask: 'audit',
    ...(username !== undefined && { username }),
    ...(days !== undefined && { days: Number(days) }),
  });
  for (const event of events) print(lineOf(event));
  if (events.length === 0) print('No such event is stored.');
  const counted = Object.entries(counts ?? {}).map(([event, count]) => `${event} ${count}`);
  if (counted.length > 0) print(`Since chat-core started: ${counted.join(', ')}.`);
  return true;
});

function lineOf({ at, event, who, username, ...more }: NamedEvent): string {
  const time = new Date(at).toISOString().slice(0, 16).replace('T', ' ');
  const person = username ?? who;
  const { about, from, code, command, suppressed } = more;
  const details = [
    command && `command ${command}`,
    person && `account ${person}`,
    about && `about ${more.aboutUsername ?? about}`,
    from && `from ${from}`,
    code,
    suppressed && `${suppressed} more, not stored one by one`,
  ];
  const said = details.filter(Boolean).join(', ');
  return `${time} UTC  ${event}: ${EVENTS[event].says}${said && ` (${said})`}`;
}
