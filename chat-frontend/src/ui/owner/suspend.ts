import type { OwnerPerson } from '../../../../chat-core/src/wire/wire.ts';
import { toApiError } from '../../api/api-error.ts';
import type { OwnerApi } from '../../api/owner.ts';
import { createSecurityApi } from '../../api/security.ts';
import { createReauthentication } from '../security/reauthentication.ts';
import type { Ui } from '../ui.ts';
import { knownName } from './known-name.ts';
import { undoable } from './undoable.ts';

/**
 * Suspends a person, or lets them in again, at once and with an undo; `show` is called with what the person is then. Of another
 * owner it asks for a proof of who one is.
 */
export function suspend(
  ui: Ui,
  api: OwnerApi,
  person: Pick<OwnerPerson, 'id' | 'username'>,
  suspended: boolean,
  show: (person: OwnerPerson) => void,
): Promise<boolean> {
  const withTicket = createReauthentication(ui, createSecurityApi(ui.http), 'settings');
  const change = (value: boolean) => async () => {
    const call = (ticket?: string) => api.changePerson(person.id, { suspended: value }, ticket);
    const changed = await call().catch((thrown: unknown) => {
      if (toApiError(thrown).code !== 'REAUTHENTICATION_REQUIRED') throw thrown;
      return withTicket(call);
    });
    if (changed) show(changed);
    return changed !== undefined;
  };
  const key = suspended ? 'people.suspendDone' : 'people.unsuspendDone';
  const done = ui.i18n.t(key, { name: knownName(ui.state(), person) });
  return undoable(ui, done, change(suspended), change(!suspended));
}
