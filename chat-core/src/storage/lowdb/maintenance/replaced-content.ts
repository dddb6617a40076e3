import { type Changes, isDeletedGroup, type Rows } from '../../rows.ts';
import type { Account, Conversation } from '../../store.ts';

/**
 * Whether these rows replace or remove sealed content, delete a group or discard a file, so that something has to be erased
 * from the disk. `before` has the rows before them.
 */
export function needsErase(
  { accounts, conversations, edits, uploads }: Changes,
  before: Pick<Rows, 'account' | 'conversation'>,
): boolean {
  if (edits.length > 0 || conversations.some(isDeletedGroup)) return true;
  // Its key is forgotten.
  if (uploads.some(({ state }) => state === 'discarded')) return true;
  return (
    accounts.some((row) => isReplaced(contentsOfAccount(before.account(row.id)), contentsOfAccount(row))) ||
    conversations.some((row) =>
      isReplaced(contentsOfGroup(before.conversation(row.id)), contentsOfGroup(row)),
    )
  );
}

/** Everything sealed in the row of an account, and the id of its picture, which is sealed in a row of its own. */
function contentsOfAccount(account: Account | undefined): string[] {
  const { profile, secondFactor, scheduled = [] } = account ?? {};
  return present([
    profile?.texts?.content,
    profile?.picture?.id,
    secondFactor?.totp?.secret.content,
    ...scheduled.map(({ content }) => content),
  ]);
}

function contentsOfGroup(conversation: Conversation | undefined): string[] {
  if (conversation?.kind !== 'group') return [];
  const { name, picture } = conversation.group;
  return present([name.content, picture?.id]);
}

const present = (contents: (string | undefined)[]) => contents.filter((one) => one !== undefined);

const isReplaced = (before: string[], now: string[]) => before.some((content) => !now.includes(content));
