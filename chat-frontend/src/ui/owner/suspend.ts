import type { OwnerPerson } from '../../../../chat-core/src/wire/wire.ts';
import type { OwnerApi } from '../../api/owner.ts';
import type { Ui } from '../ui.ts';
import { knownName } from './known-name.ts';
import { undoable } from './undoable.ts';

/** Suspends a person, or lets them in again, at once and with an undo; `show` is called with what the person is then. */
export function suspend(
  ui: Ui,
  api: OwnerApi,
  person: Pick<OwnerPerson, 'id' | 'username'>,
  suspended: boolean,
  show: (person: OwnerPerson) => void,
): Promise<boolean> {
  const change = (value: boolean) => async () =>
    show(await api.changePerson(person.id, { suspended: value }));
  const key = suspended ? 'people.suspendDone' : 'people.unsuspendDone';
  const done = ui.i18n.t(key, { name: knownName(ui.state(), person) });
  return undoable(ui, done, change(suspended), change(!suspended));
}
