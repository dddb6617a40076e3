import type { OwnerPerson } from '../../../../chat-core/src/wire/wire.ts';
import type { OwnerApi } from '../../api/owner.ts';
import { hashOf } from '../../router.ts';
import { fold } from '../../state/chat-rows.ts';
import { bdi, el, setText } from '../el.ts';
import { showError } from '../error-message.ts';
import { keyedList } from '../keyed-list.ts';
import { panel } from '../panel.ts';
import { avatar, updateAvatar } from '../person.ts';
import type { Screen, Ui } from '../ui.ts';
import { knownName } from './known-name.ts';
import { mountMore } from './more.ts';

/** A shorter list needs no search. */
const SEARCH_FROM = 7;

/** All people of the box, by username, to search; a search loads the pages that are not loaded yet. */
export function mountPeople(ui: Ui, api: OwnerApi): Screen {
  const { i18n, state, actions, now } = ui;
  const { t } = i18n;
  let people: OwnerPerson[] = [];
  let next: string | undefined;

  const search = el('input', {
    type: 'search',
    class: 'owner-search',
    placeholder: t('people.search'),
    'aria-label': t('people.search'),
    autocomplete: 'off',
    hidden: true,
    on: { input: () => void onSearch() },
  });
  const count = el('p', { class: 'list-empty', role: 'status' }, t('form.busy'));
  const list = el('ul', {});
  const render = keyedList<OwnerPerson>(list, { key: ({ id }) => id, create: createRow });
  const more = mountMore(ui, loadMore);
  const node = panel(
    i18n,
    { title: t('owner.people'), parent: { name: 'owner', page: '' } },
    el('a', { class: 'button button-main', href: hashOf({ name: 'invites' }) }, t('people.invite')),
    search,
    el('section', { class: 'card' }, count, list, more.node),
  );

  function createRow({ id, username }: OwnerPerson) {
    const picture = avatar('avatar-small');
    const name = bdi('', 'person-name');
    const note = el('span', { class: 'person-username' });
    const badges = el('span', { class: 'badges' });
    const link = el(
      'a',
      { class: 'person-link', href: hashOf({ name: 'owner', page: `people/${id}` }) },
      picture,
      el('span', { class: 'person-text' }, name, note),
      badges,
    );
    return {
      node: el('li', { class: 'person' }, link),
      update(person: OwnerPerson): void {
        const profile = state().people[id] ?? { id, username };
        updateAvatar(picture, profile, actions.picture(profile));
        setText(name, knownName(state(), person));
        setText(note, noteOf(person));
        badges.replaceChildren(...badgesOf(ui, person));
      },
    };
  }

  function noteOf({ id, username, lastSeenAt }: OwnerPerson): string {
    const seen =
      id === state().me?.id
        ? t('people.you')
        : lastSeenAt === undefined
          ? t('people.unseen')
          : t('people.seen', { when: i18n.moment(lastSeenAt, now()) });
    return state().people[id] ? `@${username} · ${seen}` : seen;
  }

  async function loadMore(): Promise<void> {
    const page = await api.people(next);
    const ids = new Set(page.people.map(({ id }) => id));
    people = [...people.filter(({ id }) => !ids.has(id)), ...page.people];
    next = page.next;
    show();
  }

  async function onSearch(): Promise<void> {
    show();
    while (next !== undefined && search.value.trim() !== '') if (!(await more.load())) return;
  }

  function show(): void {
    const wanted = fold(search.value);
    const shown = people.filter((person) =>
      fold(`${knownName(state(), person)}\n@${person.username}`).includes(wanted),
    );
    render(shown);
    search.hidden = people.length < SEARCH_FROM && next === undefined;
    setText(count, shown.length > 0 ? t('people.count', { n: shown.length }) : t('people.none'));
    more.node.hidden = next === undefined;
  }

  loadMore().catch((thrown: unknown) => showError(count, i18n, thrown));
  return {
    node,
    update: () => people.length > 0 && show(),
    focus: () => node.querySelector('h1')?.focus(),
  };
}

/** What an owner must see of a person at once: that they are an owner, or suspended. */
export function badgesOf({ i18n: { t } }: Ui, { owner, suspended }: OwnerPerson): HTMLElement[] {
  return [
    ...(owner ? [el('span', { class: 'badge' }, t('people.owner'))] : []),
    ...(suspended ? [el('span', { class: 'badge badge-warn' }, t('people.suspended'))] : []),
  ];
}
