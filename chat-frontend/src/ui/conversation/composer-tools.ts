import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import { el } from '../el.ts';
import { type IconName, icon } from '../icons.ts';
import { lazyAttach, lazyReactions, lazySchedule, withPart } from '../lazy.ts';
import { listenForMenus } from '../menus/listen-for-menus.ts';
import type { Composed } from '../schedule/schedule-dialog.ts';
import type { Ui } from '../ui.ts';

/** The buttons that insert an emoji at the caret of the input, and that attach files in its row. */
export function mountTools(
  ui: Ui,
  conversationId: Id,
  input: HTMLTextAreaElement,
  row: HTMLElement,
): HTMLElement[] {
  const { t } = ui.i18n;
  const tool = (className: string, label: string, name: IconName, click: () => void) =>
    el(
      'button',
      { type: 'button', class: `composer-attach${className}`, 'aria-label': label, on: { click } },
      icon(name),
    );
  return [
    tool(' composer-emoji', t('composer.emoji'), 'smile', () =>
      withPart(ui, lazyReactions, (part) => part.insertEmoji(ui, input)),
    ),
    tool('', t('composer.attach'), 'attach', () =>
      withPart(ui, lazyAttach, (part) => part.chooseFiles(ui, conversationId, row)),
    ),
  ];
}

/** A long press or a right click on the send button sends what is `composed` later, if that is possible. */
export function listenForSchedule(
  ui: Ui,
  button: HTMLElement,
  conversationId: Id,
  composed: () => Composed | undefined,
): void {
  listenForMenus(button, () => {
    const text = composed();
    return text && (() => withPart(ui, lazySchedule, (part) => part.openSchedule(ui, conversationId, text)));
  });
}
