import '../../styles/reactions.css';
import type { Id, WhoReacted } from '../../../../chat-core/src/wire/wire.ts';
import type { MessageRef } from '../../api/api.ts';
import { type Bubble, nameById } from '../../state/selectors.ts';
import { choose } from '../dialog.ts';
import { bdi, el } from '../el.ts';
import { showError } from '../error-message.ts';
import { lazyIcon } from '../lazy-icons.ts';
import { avatar, updateAvatar } from '../person.ts';
import type { Ui } from '../ui.ts';
import { canReact, hasReacted, isConnected, toggleReaction } from './react.ts';

/** Offered in the menu of a message, before the picker. */
const QUICK = ['👍', '❤️', '😂', '😮', '😢', '🙏'];

/** The reactions below a bubble: a press adds one's own, or takes it back. */
export function mountReactions(ui: Ui, conversationId: Id, row: HTMLElement) {
  const { t } = ui.i18n;
  const list = el('ul', { class: 'reactions', 'aria-label': t('reaction.list') });
  row.append(list);
  let buttons = new Map<string, HTMLButtonElement>();

  function update(bubble: Bubble): void {
    const { reactions = [], seq = 0 } = bubble;
    const isOpen = canReact(ui, conversationId, bubble);
    list.hidden = reactions.length === 0;
    const shown = reactions.map(({ emoji, count, mine = false }) => {
      const click = () => void toggleReaction(ui, { conversationId, seq }, emoji);
      const button = buttons.get(emoji) ?? el('button', { type: 'button', class: 'reaction', on: { click } });
      const label = t(mine ? 'reaction.withYou' : 'reaction.count', { emoji, n: count });
      button.setAttribute('aria-label', label);
      button.setAttribute('aria-pressed', String(mine));
      button.disabled = !isOpen;
      button.replaceChildren(el('span', { class: 'emoji' }, emoji), String(count));
      return [emoji, button] as const;
    });
    const isSame = shown.length === buttons.size && shown.every(([emoji]) => buttons.has(emoji));
    buttons = new Map(shown);
    // A button that stays keeps the focus.
    if (!isSame) list.replaceChildren(...shown.map(([, button]) => el('li', {}, button)));
  }

  return { update };
}

/** The row of quick reactions above the menu of a message; `close` closes the menu. Undefined where none is possible. */
export function quickReactions(
  ui: Ui,
  conversationId: Id,
  bubble: Bubble,
  close: () => void,
): HTMLElement | undefined {
  const { t } = ui.i18n;
  if (!canReact(ui, conversationId, bubble)) return undefined;
  if (!isConnected(ui)) return el('p', { class: 'menu-note' }, t('reaction.offline'));
  const ref = { conversationId, seq: bubble.seq ?? 0 };
  const react = (emoji: string) => void toggleReaction(ui, ref, emoji);
  const button = (label: string, isPressed: boolean | undefined, run: () => void, content: Node) =>
    el(
      'button',
      {
        type: 'button',
        class: 'quick-reaction',
        'aria-label': label,
        ...(isPressed === undefined ? {} : { 'aria-pressed': String(isPressed) }),
        on: {
          click: () => {
            close();
            run();
          },
        },
      },
      content,
    );
  const quick = QUICK.map((emoji) =>
    button(
      t('reaction.react', { emoji }),
      hasReacted(bubble, emoji),
      () => react(emoji),
      el('span', { class: 'emoji' }, emoji),
    ),
  );
  const more = button(t('reaction.more'), undefined, () => pickEmoji(ui, react), lazyIcon('plus'));
  const all = [...quick, more];
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const index = all.indexOf(document.activeElement as HTMLButtonElement);
    if (step === undefined || index === -1) return;
    event.preventDefault();
    all.at((index + step) % all.length)?.focus();
  };
  return el(
    'div',
    { class: 'quick-reactions', role: 'group', 'aria-label': t('reaction.quick'), on: { keydown: onKey } },
    ...all,
  );
}

/** Opens the picker of all emojis. */
const pickEmoji = (ui: Ui, onPick: (emoji: string) => void) =>
  void import('./emojis.lazy.ts').then(
    ({ openEmojiPicker }) => openEmojiPicker(ui, onPick),
    () => ui.notify(ui.i18n.t('lazy.failed')),
  );

/** Lets the person pick an emoji, and inserts it at the caret of an input, where the browser's undo takes it back. */
export function insertEmoji(ui: Ui, input: HTMLTextAreaElement): void {
  pickEmoji(ui, (emoji) => {
    input.focus();
    // Deprecated, and the only way whose result the browser's undo knows.
    if (document.execCommand('insertText', false, emoji)) return;
    input.setRangeText(emoji, input.selectionStart, input.selectionEnd, 'end');
    input.dispatchEvent(new Event('input', { bubbles: true }));
  });
}

/** Shows who reacted to a message, by emoji. */
export async function showWhoReacted(ui: Ui, { conversationId, seq }: MessageRef): Promise<void> {
  const { i18n, http } = ui;
  const { t } = i18n;
  const status = el('p', { role: 'status' }, t('form.busy'));
  const body = el('div', { class: 'who-reacted', tabindex: -1, 'aria-busy': 'true' }, status);

  function show({ reactions }: WhoReacted): void {
    const sections = reactions.map(({ emoji, userIds }) =>
      el(
        'section',
        {},
        el('h3', {}, el('span', { class: 'emoji' }, emoji), ` ${userIds.length}`),
        el('ul', {}, ...userIds.map(person)),
      ),
    );
    body.replaceChildren(...(sections.length > 0 ? sections : [el('p', {}, t('reaction.none'))]));
  }

  function person(userId: Id): HTMLElement {
    const state = ui.state();
    const known = state.people[userId];
    const picture = avatar('avatar-small');
    updateAvatar(picture, known, ui.actions.picture(known));
    const name = userId === state.me?.id ? t('bubble.you') : nameById(state, userId);
    return el('li', { class: 'who-reacted-row' }, picture, bdi(name || t('group.former')));
  }

  http
    .get<WhoReacted>(`/conversations/${conversationId}/messages/${seq}/reactions`)
    .then(show, (thrown: unknown) => showError(status, i18n, thrown))
    .finally(() => body.removeAttribute('aria-busy'));
  await choose(i18n, { title: t('reaction.who'), body, choices: [], cancel: t('dialog.close') });
}
