import type { Friend, Id } from '../../../../chat-core/src/wire/wire.ts';
import { fold } from '../../state/chat-rows.ts';
import { nameOf } from '../../state/selectors.ts';
import type { State } from '../../state/state.ts';
import { bdi, el, setText } from '../el.ts';
import { keyedList } from '../keyed-list.ts';
import { avatar, updateAvatar } from '../person.ts';
import type { Ui } from '../ui.ts';

/** A shorter list needs no search. */
const SEARCH_FROM = 7;

/**
 * A list of friends with checkboxes, to search and to walk through by the arrow keys. `isMember`: these are shown as chosen
 * already. `onChange` is called after each choice.
 */
export function mountFriendPicker(
  ui: Ui,
  { isMember, onChange }: { isMember?: (id: Id) => boolean; onChange?: () => void } = {},
) {
  const { i18n, actions, state } = ui;
  const { t } = i18n;
  const chosen = new Set<Id>();
  const search = el('input', {
    type: 'search',
    class: 'pick-search',
    placeholder: t('pick.search'),
    'aria-label': t('pick.search'),
    autocomplete: 'off',
    on: { input: () => update(state()), keydown: onSearchKey },
  });
  const summary = el('p', { class: 'pick-summary', role: 'status' });
  const list = el('ul', { class: 'pick-list', on: { keydown: onListKey } });
  const none = el('p', { class: 'list-empty' });
  const render = keyedList<Friend>(list, { key: ({ id }) => id, create: createRow });
  const node = el(
    'fieldset',
    { class: 'card pick' },
    el('legend', {}, t('pick.legend')),
    search,
    summary,
    none,
    list,
  );

  function createRow({ id }: Friend) {
    const box = el('input', { type: 'checkbox', on: { change: () => choose(id, box.checked) } });
    const picture = avatar('avatar-small');
    const name = bdi('', 'person-name');
    const note = el('span', { class: 'person-username' });
    const label = el(
      'label',
      { class: 'pick-row' },
      picture,
      el('span', { class: 'person-text' }, name, note),
      box,
    );
    return {
      node: el('li', {}, label),
      update(friend: Friend): void {
        const already = isMember?.(id) ?? false;
        updateAvatar(picture, friend, actions.picture(friend));
        setText(name, nameOf(friend));
        setText(note, already ? t('pick.already') : `@${friend.username}`);
        box.disabled = already;
        box.checked = already || chosen.has(id);
      },
    };
  }

  function choose(id: Id, isChosen: boolean): void {
    if (isChosen) chosen.add(id);
    else chosen.delete(id);
    update(state());
    onChange?.();
  }

  const boxes = () => [...list.querySelectorAll<HTMLInputElement>('input:enabled')];

  /** Enter chooses the first match, and does not submit the form. */
  function onSearchKey(event: KeyboardEvent): void {
    if (event.isComposing || !['Enter', 'ArrowDown'].includes(event.key)) return;
    event.preventDefault();
    const [first] = boxes();
    if (event.key === 'ArrowDown') first?.focus();
    else if (first && search.value.trim() !== '') {
      first.click();
      search.value = '';
      update(state());
    }
  }

  function onListKey(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = boxes();
    const next = all.indexOf(document.activeElement as HTMLInputElement) + step;
    if (next < 0 && !search.hidden) search.focus();
    else all[Math.max(next, 0)]?.focus();
  }

  function update({ friends }: State): void {
    const wanted = fold(search.value);
    const shown = friends
      .filter((friend) => fold(`${nameOf(friend)}\n@${friend.username}`).includes(wanted))
      .sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
    render(shown);
    search.hidden = friends.length < SEARCH_FROM;
    none.hidden = shown.length > 0;
    setText(none, friends.length === 0 ? t('pick.noFriends') : t('pick.noMatch'));
    const names = friends.filter(({ id }) => chosen.has(id)).map(nameOf);
    setText(summary, names.length > 0 ? t('pick.chosen', { n: names.length, names: names.join(', ') }) : '');
  }

  return {
    node,
    update,
    /** The friends that are chosen and still are friends. */
    chosen: (): Id[] =>
      state()
        .friends.map(({ id }) => id)
        .filter((id) => chosen.has(id) && !isMember?.(id)),
    focus: () => (search.hidden ? boxes()[0] : search)?.focus(),
  };
}
