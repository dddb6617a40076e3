import { openKeyValueStore, readJson } from '../../key-value-store.ts';
import { accountPrefix } from '../../local-db/account-keys.ts';
import { showDialog } from '../dialog.ts';
import { el } from '../el.ts';
import type { Ui } from '../ui.ts';
import { EMOJI_GROUPS, type EmojiGroup, findEmojis } from './emoji-data.ts';

const MAX_RECENT = 16;

/**
 * Opens a dialog with all emojis: recent ones, then by group, with a search in Indonesian and English. Arrow keys move
 * in the grid, which is one tab stop. `onPick` gets the chosen emoji.
 */
export function openEmojiPicker(ui: Ui, onPick: (emoji: string) => void): void {
  const { t } = ui.i18n;
  const recent = recentOf(ui);
  let chosen: string | undefined;

  const search = el('input', {
    type: 'search',
    class: 'emoji-search',
    placeholder: t('emoji.search'),
    'aria-label': t('emoji.search'),
    autocomplete: 'off',
    enterkeyhint: 'search',
    on: { input: () => show() },
  });
  const status = el('p', { class: 'visually-hidden', role: 'status' });
  const grid = el('div', { class: 'emoji-grid', on: { click: onClick, keydown: onKey } });
  const dialog = el(
    'dialog',
    { class: 'dialog emoji-picker', 'aria-label': t('emoji.title'), on: { click: onBackdrop } },
    search,
    status,
    grid,
    el('button', { type: 'button', class: 'button', on: { click: () => dialog.close() } }, t('dialog.close')),
  );

  const buttons = () => [...grid.querySelectorAll('button')];

  function show(): void {
    const found = findEmojis(search.value);
    const sections = found
      ? [section(found)]
      : [
          ...(recent.length > 0 ? [section(recent, 'recent')] : []),
          ...EMOJI_GROUPS.map(({ name, emojis }) => section(emojis, name)),
        ];
    grid.replaceChildren(...sections);
    if (found) status.textContent = t('emoji.found', { n: found.length });
    const [first] = buttons();
    if (first) first.tabIndex = 0;
  }

  function section(emojis: readonly string[], name?: EmojiGroup | 'recent'): HTMLElement {
    const cells = emojis.map((emoji) =>
      el('button', { type: 'button', class: 'emoji-cell', tabindex: -1 }, emoji),
    );
    const none = cells.length === 0 ? el('p', {}, t('emoji.found', { n: 0 })) : undefined;
    return el(
      'section',
      {},
      name && el('h3', {}, t(`emoji.${name}`)),
      none,
      el('div', { class: 'emoji-cells' }, ...cells),
    );
  }

  function onClick({ target }: MouseEvent): void {
    if (!(target instanceof HTMLButtonElement)) return;
    chosen = target.textContent ?? undefined;
    dialog.close();
  }

  function onBackdrop({ target }: MouseEvent): void {
    if (target === dialog) dialog.close();
  }

  function onKey(event: KeyboardEvent): void {
    const all = buttons();
    const index = all.indexOf(document.activeElement as HTMLButtonElement);
    const next = index === -1 ? undefined : all[targetOf(event.key, all, index) ?? -1];
    if (!next) return;
    event.preventDefault();
    for (const one of all) one.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }

  show();
  showDialog(dialog, () => {
    if (chosen === undefined) return;
    saveRecent(ui, chosen);
    onPick(chosen);
  });
  search.focus();
}

/** The index that a key moves to; up and down go to the nearest cell of the next line. */
function targetOf(key: string, all: HTMLElement[], index: number): number | undefined {
  const steps: Record<string, number> = {
    ArrowLeft: index - 1,
    ArrowRight: index + 1,
    Home: 0,
    End: all.length - 1,
  };
  if (key in steps) return Math.max(0, Math.min(steps[key] ?? 0, all.length - 1));
  const from = all[index];
  if (!from || (key !== 'ArrowUp' && key !== 'ArrowDown')) return undefined;
  const lines = key === 'ArrowDown' ? all.slice(index + 1) : all.slice(0, index).reverse();
  const line = lines.find(({ offsetTop }) => offsetTop !== from.offsetTop)?.offsetTop;
  const candidates = lines.filter(({ offsetTop }) => offsetTop === line);
  const distance = ({ offsetLeft }: HTMLElement) => Math.abs(offsetLeft - from.offsetLeft);
  const nearest = candidates.sort((a, b) => distance(a) - distance(b))[0];
  return nearest && all.indexOf(nearest);
}

/** Removed with the other keys of the account at its logout. */
const keyOf = (ui: Ui) => `${accountPrefix(ui.state().me?.id ?? '')}emojis`;

/** The emojis that were picked in this browser most recently, newest first. */
function recentOf(ui: Ui): string[] {
  const value = readJson(openKeyValueStore(), keyOf(ui));
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string').slice(0, MAX_RECENT) : [];
}

function saveRecent(ui: Ui, emoji: string): void {
  const recent = [emoji, ...recentOf(ui).filter((one) => one !== emoji)].slice(0, MAX_RECENT);
  openKeyValueStore().setItem(keyOf(ui), JSON.stringify(recent));
}
