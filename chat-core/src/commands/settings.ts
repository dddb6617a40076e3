/** `npm run settings`: shows and changes the settings that owners can change while the box runs. */
import { readConfig } from '../config.ts';
import { ChangeSettings, SETTINGS } from '../wire/owner.ts';
import { sendAdminRequest } from './admin-client.ts';
import { print, refuseUsage, runCommand } from './command.ts';

const USAGE = `npm run settings -- [<name> <value>]

Prints the settings that can be changed while the box runs, or changes one, at once and
durably. What is set here goes before the environment; environment as the value ends that.

  registration   open, invite or closed
  friendship     instant or request
  secondFactor   optional, owners or required
  editMinutes, retentionDays, maxFileMb, quotaPersonMb, quotaBoxMb (0: no limit)
  --help         print this
`;

await runCommand(USAGE, {}, async ({ positionals: [name, text, ...more] }) => {
  if (more.length > 0 || (name !== undefined && text === undefined)) return refuseUsage(USAGE);
  const change = changeOf(name, text);
  if (!change) return refuseUsage(USAGE);
  const settings = await sendAdminRequest(readConfig(), { ask: 'settings', change });
  for (const [key, { value, byEnvironment }] of Object.entries(settings))
    print(`${key}  ${value}${byEnvironment ? ', by the environment' : ''}`);
  return true;
});

/** No change without a name; undefined for one that no setting takes. */
function changeOf(name: string | undefined, text = ''): ChangeSettings | undefined {
  if (name === undefined) return {};
  if (!Object.hasOwn(SETTINGS, name)) return undefined;
  const value = text === 'environment' ? null : /^\d+$/.test(text) ? Number(text) : text;
  return ChangeSettings.safeParse({ [name]: value }).data;
}
