/** `npm run people`: lists the people of the box, suspends them, and sets quotas and owners. */
import { readConfig } from '../config.ts';
import type { ChangePerson, OwnerPeople, OwnerPerson } from '../wire/wire.ts';
import { sendAdminRequest } from './admin-client.ts';
import { confirm, print, refuseUsage, runCommand } from './command.ts';

const USAGE = `npm run people -- [list | <what> <username> [MB]]

Lists the people of this box: when they were last seen, and what their files use; or changes
one of them. The box may run meanwhile.

  suspend <username>          log them out everywhere; they may not log in until
  unsuspend <username>        they may log in again
  quota <username> <MB|box>   what their files may use; box: as much as everyone's
  delete <username> [--yes]   delete the account for ever: it asks first
  owner <username>            make them an owner of the box
  no-owner <username>         they are no owner any more; the last one stays
  --help                      print this
`;

const CHANGES: Readonly<Record<string, ChangePerson>> = {
  suspend: { suspended: true },
  unsuspend: { suspended: false },
  owner: { owner: true },
  'no-owner': { owner: false },
};
const MB = 2 ** 20;

await runCommand(USAGE, { yes: { type: 'boolean' } }, async ({ flag, positionals }) => {
  const [what = 'list', username, ...more] = positionals;
  const config = readConfig();
  if (what === 'list' && username === undefined) {
    let after: string | undefined = '';
    while (after !== undefined) {
      const page: OwnerPeople = await sendAdminRequest(config, { ask: 'people', after });
      for (const person of page.people) print(lineOf(person));
      after = page.next;
    }
    return true;
  }
  if (what === 'delete' && username !== undefined && more.length === 0) {
    const question = `Delete ${username} for ever? Others keep the messages they have, without the name.`;
    if (!flag('yes') && !(await confirm(question))) return false;
    print((await sendAdminRequest(config, { ask: 'delete-person', username })).message);
    return true;
  }
  const change = changeOf(what, more);
  if (username === undefined || !change) return refuseUsage(USAGE);
  print(lineOf(await sendAdminRequest(config, { ask: 'person', username, change })));
  return true;
});

/** The change that the words of a command line mean; undefined for none. */
function changeOf(what: string, more: string[]): ChangePerson | undefined {
  if (what !== 'quota') return more.length === 0 && Object.hasOwn(CHANGES, what) ? CHANGES[what] : undefined;
  const [text = '', ...others] = more;
  if (others.length > 0) return undefined;
  if (text === 'box') return { quotaMb: null };
  return /^\d{1,9}$/.test(text) ? { quotaMb: Number(text) } : undefined;
}

function lineOf({ username, lastSeenAt, storedBytes, quotaMb, suspended, owner }: OwnerPerson): string {
  const seen =
    lastSeenAt === undefined
      ? 'never seen'
      : `last seen ${new Date(lastSeenAt).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const files = `files ${(storedBytes / MB).toFixed(1)} MB${quotaMb === undefined ? '' : ` of ${quotaMb}`}`;
  return [username, seen, files, owner && 'owner', suspended && 'suspended'].filter(Boolean).join(', ');
}
