import type { Id } from '../../../../../chat-core/src/wire/wire.ts';
import { openKeyValueStore } from '../../../key-value-store.ts';
import { accountPrefix, openAccountKeys } from '../../../local-db/account-keys.ts';
import type { Ui } from '../../ui.ts';

type Connection = { saveData?: boolean; effectiveType?: string };
type Choice = boolean | undefined;

const SLOW = ['slow-2g', '2g', '3g'];

/** Whether this browser asks to save data, or its network is slow, as far as it says so (Network Information API). */
export function isFrugal(connection = (navigator as { connection?: Connection }).connection): boolean {
  return connection?.saveData === true || SLOW.includes(connection?.effectiveType ?? '');
}

/**
 * The data saver of an account in this browser: pictures are shown as previews until they are tapped. A conversation
 * follows the choice for all unless it has one of its own; without any choice the network decides.
 */
export function dataSaver({ state }: Pick<Ui, 'state'>) {
  const userId = state().me?.id ?? '';
  const keys = openAccountKeys(openKeyValueStore(), userId);
  const key = (conversationId?: Id) =>
    `${accountPrefix(userId)}saver${conversationId ? `.${conversationId}` : ''}`;

  function choice(conversationId?: Id): Choice {
    const stored = keys.getItem(key(conversationId));
    return stored === null ? undefined : stored === '1';
  }

  return {
    choice,
    choose(value: Choice, conversationId?: Id): void {
      if (value === undefined) keys.removeItem(key(conversationId));
      else keys.setItem(key(conversationId), value ? '1' : '0');
    },
    isOn: (conversationId: Id): boolean => choice(conversationId) ?? choice() ?? isFrugal(),
  };
}
