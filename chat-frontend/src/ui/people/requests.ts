import type { Id, Profile } from '../../../../chat-core/src/wire/wire.ts';
import { hashOf } from '../../router.ts';
import { nameOf } from '../../state/selectors.ts';
import type { State } from '../../state/state.ts';
import { createPersonRow, linkAction, rowButton } from '../card-rows.ts';
import { confirmAndRun } from '../confirm-and-run.ts';
import { el, setText } from '../el.ts';
import { keyedList } from '../keyed-list.ts';
import { panel } from '../panel.ts';
import type { Screen, Ui } from '../ui.ts';

type Verb = 'accept' | 'decline' | 'withdraw';

/** The friend requests that this person received and sent. */
export function mountRequests(ui: Ui): Screen {
  const { i18n, actions } = ui;
  const { t } = i18n;
  const calls: Record<Verb, (id: Id) => Promise<void>> = {
    accept: actions.acceptRequest,
    decline: actions.declineRequest,
    withdraw: actions.withdrawRequest,
  };

  const button = (verb: Verb, person: Profile) => {
    const name = nameOf(person);
    const run = () =>
      void confirmAndRun(ui, undefined, () => calls[verb](person.id), t(`requests.${verb}Done`, { name }));
    return rowButton(t(`requests.${verb}`), t(`requests.${verb}Who`, { name }), run, verb === 'accept');
  };

  function section(verbs: Verb[], none: string) {
    const heading = el('h2', {});
    const empty = el('p', { class: 'list-empty' }, none);
    const list = el('ul', {});
    const render = keyedList<Profile>(list, {
      key: ({ id }) => id,
      create: (person) =>
        createPersonRow(
          ui,
          verbs.map((verb) => button(verb, person)),
          person,
        ),
    });
    const node = el('section', { class: 'card' }, heading, empty, list);
    const update = (title: string, people: Profile[]) => {
      setText(heading, title);
      empty.hidden = people.length > 0;
      render(people);
    };
    return { node, update };
  }

  const incoming = section(['accept', 'decline'], t('requests.noneIncoming'));
  const outgoing = section(['withdraw'], t('requests.noneOutgoing'));
  const node = panel(
    i18n,
    { title: t('requests.title') },
    incoming.node,
    outgoing.node,
    el(
      'div',
      { class: 'card card-actions' },
      linkAction('addFriend', t('friend.title'), hashOf({ name: 'add-friend' })),
    ),
  );

  function update({ requests }: State): void {
    incoming.update(t('requests.incoming', { n: requests.incoming.length }), requests.incoming);
    outgoing.update(t('requests.outgoing', { n: requests.outgoing.length }), requests.outgoing);
  }

  return { node, update, focus: () => node.querySelector('h1')?.focus() };
}
