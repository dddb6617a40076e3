import { groupNameBinding } from '../../cipher/binding.ts';
import type { Cipher } from '../../cipher/cipher.ts';
import type { Account, GroupConversation } from '../../storage/store.ts';
import { headerSettings, settingsOf } from '../export-settings/write-settings.ts';

/** Accounts as an export has them, with what their people have set. @throws ApiError CIPHER_UNAVAILABLE */
export async function toUsers(accounts: Account[], cipher: Cipher | undefined): Promise<object[]> {
  const settings = await settingsOf(accounts, cipher);
  return accounts.map((account) => {
    const own = settings.get(account.id);
    return { ...toUser(account), ...(own && { settings: own }) };
  });
}

function toUser({ id, username, password, contacts, ...account }: Account): object {
  const { suspended, quotaMb, deletedAt } = account;
  const { formerName, rawPassword = false, blocked = [], asked = [], askedBy = [] } = account;
  return {
    id,
    username,
    password,
    contacts,
    rawPassword,
    ...(formerName !== undefined && { formerName }),
    ...(suspended && { suspended }),
    ...(deletedAt !== undefined && { deletedAt }),
    ...(quotaMb !== undefined && { quotaMb }),
    ...(blocked.length > 0 && { blocked }),
    ...(asked.length > 0 && { asked }),
    ...(askedBy.length > 0 && { askedBy }),
  };
}

/** Groups with their names readable, or sealed without a cipher and where one does not open. Pictures are left out, as all are. */
export async function toGroups(
  groups: GroupConversation[],
  cipher: Cipher | undefined,
  isOver: (at: number) => boolean,
): Promise<object[]> {
  const bound = groups.map(({ id, group }) => {
    const { edit, ...sealed } = group.name;
    return { sealed, binding: groupNameBinding(id, edit) };
  });
  const names = (await cipher?.openMany(bound)) ?? [];
  return groups.map((header, index) => {
    const { id, group } = header;
    const { members, permissions, newcomersRead, archive, requests = [], removed = [] } = group;
    return {
      id,
      ...(names[index] === undefined ? group.name : { name: names[index] }),
      members,
      permissions,
      newcomersRead,
      ...(archive && { archive }),
      ...headerSettings(header, isOver),
      ...(requests.length > 0 && { requests }),
      ...(removed.length > 0 && { removed }),
    };
  });
}
