import '../../styles/search.css';
import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import { el } from '../el.ts';
import { icon } from '../icons.ts';
import { panel } from '../panel.ts';
import type { Screen, Ui } from '../ui.ts';
import { mountResults } from './results.ts';

const inList = new WeakMap<HTMLElement, ReturnType<typeof mountResults>>();

/** Shows in the list of chats, in `place`, the messages that match what is typed there. */
export function showMessages(ui: Ui, place: HTMLElement, query: string): void {
  const results = inList.get(place) ?? mountResults(ui);
  if (!inList.has(place)) place.append(results.node);
  inList.set(place, results);
  results.search(query);
}

/** What was searched for last, in this tab: Back from a hit shows its page again. */
let last = { key: '', query: '' };

/** The page that searches one conversation. */
export function mountSearch(ui: Ui, conversationId: Id): Screen {
  const { t } = ui.i18n;
  const key = `${ui.state().me?.id} ${conversationId}`;
  const results = mountResults(ui, conversationId);
  const input = el('input', {
    type: 'search',
    class: 'chats-search',
    'aria-label': t('search.inChat'),
    placeholder: t('search.inChat'),
    autocomplete: 'off',
    enterkeyhint: 'search',
    maxlength: 100,
    on: { input: onInput, keydown: (event) => event.key === 'ArrowDown' && move(event, 1) },
  });
  results.node.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) move(event, step);
  });
  const node = panel(
    ui.i18n,
    { title: t('search.title'), parent: { name: 'chat', conversationId } },
    el('div', { class: 'chats-filter search-field' }, icon('search'), input),
    results.node,
  );
  if (last.key === key) {
    input.value = last.query;
    results.search(last.query);
  }

  function onInput(): void {
    last = { key, query: input.value };
    results.search(input.value);
  }

  /** The arrow keys move from the field to the hits, and among them. */
  function move(event: KeyboardEvent, step: number): void {
    const all = [input, ...results.node.querySelectorAll<HTMLElement>('.hit')];
    const next = all[all.indexOf(document.activeElement as HTMLElement) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  }

  return {
    node,
    update: () => undefined,
    focus: () => input.focus({ preventScroll: true }),
    close: results.stop,
  };
}
