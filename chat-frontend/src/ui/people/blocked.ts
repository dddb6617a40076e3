import type { Profile } from '../../../../chat-core/src/wire/wire.ts';
import { nameOf } from '../../state/selectors.ts';
import type { State } from '../../state/state.ts';
import { createPersonRow, rowButton } from '../card-rows.ts';
import { confirmAndRun } from '../confirm-and-run.ts';
import { el } from '../el.ts';
import { keyedList } from '../keyed-list.ts';
import { panel } from '../panel.ts';
import type { Screen, Ui } from '../ui.ts';

/** The people this person has blocked. */
export function mountBlocked(ui: Ui): Screen {
  const { i18n, actions } = ui;
  const { t } = i18n;

  const unblock = (person: Profile) => {
    const params = { name: nameOf(person) };
    const question = {
      title: t('contact.unblockTitle', params),
      lead: t('contact.unblockLead', params),
      yes: t('contact.unblock'),
      danger: false,
    };
    const run = () =>
      void confirmAndRun(ui, question, () => actions.unblock(person.id), t('contact.unblockDone', params));
    return rowButton(t('contact.unblock'), t('blocked.unblockWho', params), run);
  };

  const list = el('ul', {});
  const render = keyedList<Profile>(list, {
    key: ({ id }) => id,
    create: (person) => createPersonRow(ui, [unblock(person)], person),
  });
  const empty = el('p', { class: 'list-empty' }, t('blocked.none'));
  const lead = el('p', { class: 'panel-lead' }, t('blocked.lead'));
  const node = panel(
    i18n,
    { title: t('blocked.title'), parent: { name: 'settings' } },
    lead,
    el('section', { class: 'card' }, empty, list),
  );

  function update({ blocked }: State): void {
    empty.hidden = blocked.length > 0;
    lead.hidden = !empty.hidden;
    render(blocked);
  }

  return { node, update, focus: () => node.querySelector('h1')?.focus() };
}
