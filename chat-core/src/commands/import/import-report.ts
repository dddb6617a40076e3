import type { PlannedFiles } from './import-files.ts';
import type { Plan } from './import-plan.ts';
import type { RowOutcome } from './import-plan-rows.ts';

/** Names beyond this number are counted, not listed. */
const MAX_NAMES = 200;

const OUTCOMES: [RowOutcome, string][] = [
  ['sealed', 'readable in the file, sealed now'],
  ['opened', 'opened and sealed anew'],
  ['unchanged', 'sealed by a Bisik, kept as they are'],
  ['locked', 'do not open: kept and shown locked'],
  ['deleted', 'deleted for everyone: their places are kept'],
  ['event', 'system rows of groups'],
  ['existing', 'already here'],
  ['repeated', 'left out: the same message stands in the file again'],
  ['unknownUser', 'left out: sender or receiver is no user of the file'],
  ['expired', 'left out: they have expired since'],
  ['tooLong', 'left out: longer than 16 KiB'],
];

/** What an import will do, as lines for the terminal. */
export function importReport(plan: Plan, hasKey: boolean, files?: PlannedFiles): string[] {
  const lines = [
    count(plan.accounts.length, 'users', known(plan.knownUsers)),
    count(plan.renamed.length, 'of them renamed', 'they log in with either name'),
    ...listed(plan.renamed.map(({ from, to }) => `${JSON.stringify(from)} becomes ${to}`)),
    count(
      plan.rawPasswordIds.length,
      'users of an earlier import',
      'their passwords log in as the original took them, too',
    ),
    count(plan.duplicates.length, 'users left out', 'another before them has their id'),
    ...listed(plan.duplicates.map((name) => JSON.stringify(name))),
    count(plan.friendships.length, 'friendships to make'),
    count(plan.dropped.length, 'contacts dropped', 'no such user'),
    ...listed(plan.dropped.map(({ username, contact }) => `${JSON.stringify(username)} had ${contact}`)),
    count(plan.groups.filter(({ created }) => created).length, 'groups to make', known(plan.knownGroups)),
    count(
      plan.droppedGroups,
      'groups left out',
      'no user of the file is a member, or the group was deleted here',
    ),
    count(plan.headers.length, 'conversations', 'what was set for all in them: a pinned message, an expiry'),
    count(plan.settings.length, 'people', 'what they had set: privacy, mutes, chats, stars, scheduled texts'),
    count(plan.lateTexts, 'scheduled texts left out', 'their time was over more than a day ago'),
    ...OUTCOMES.map(([outcome, meaning]) => count(plan.rows[outcome], 'messages', meaning)),
    count(files?.found ?? 0, 'files of these messages', `${mebibytes(files?.bytes ?? 0)} MB, sealed now`),
    count(files?.missing ?? 0, 'files of these messages', 'missing beside the file: shown as missing'),
    count(plan.sharedIds, 'messages have the id of another', 'they get one of their own'),
    count(
      plan.guessedTimes,
      'messages without a time that can be read',
      'they stand beside their neighbours, at the time of one',
    ),
    ...listed(plan.badTimes),
    count(plan.unreadable.users, 'users left out', 'without id or name'),
    count(plan.unreadable.groups, 'groups left out', 'without id or name'),
    count(plan.unreadable.rows, 'messages left out', 'without sender, receiver or content, or to oneself'),
    count(
      plan.accounts.filter(({ password }) => !password.startsWith('$2')).length,
      'users cannot log in',
      'their password is no bcrypt hash, or one that takes too long to compare',
    ),
    count(
      plan.tooCostly.length,
      'of them have a bcrypt hash of a cost above 14',
      'a code of npm run reset-password lets them in',
    ),
    ...listed(plan.tooCostly),
    count(
      plan.unreachable.length,
      'users log in with the new name only',
      'too many others had the same name',
    ),
    ...listed(plan.unreachable),
  ].filter((line) => !line.startsWith(`${pad(0)} `) || line.endsWith(' users'));
  if (plan.rows.locked > 0 && !hasKey) {
    lines.push(
      'Without --legacy-key the locked messages stay locked for ever: another import leaves them as they are.',
    );
  }
  return lines;
}

function mebibytes(bytes: number): string {
  return Math.ceil(bytes / 2 ** 20).toLocaleString('en');
}

function known(number: number): string {
  return number > 0 ? `${number} more are already here` : '';
}

function count(number: number, what: string, more = ''): string {
  return `${pad(number)} ${what}${more ? ` (${more})` : ''}`;
}

function pad(number: number): string {
  return number.toLocaleString('en').padStart(9);
}

function listed(lines: string[]): string[] {
  const shown = lines.slice(0, MAX_NAMES).map((line) => `            ${line}`);
  return lines.length > MAX_NAMES ? [...shown, `            and ${lines.length - MAX_NAMES} more`] : shown;
}
