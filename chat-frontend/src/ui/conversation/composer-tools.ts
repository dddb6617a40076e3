import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import { el } from '../el.ts';
import { icon } from '../icons.ts';
import { lazyReactions, lazySchedule, withPart } from '../lazy.ts';
import { listenForMenus } from '../menus/listen-for-menus.ts';
import type { Composed } from '../schedule/schedule-dialog.ts';
import type { Ui } from '../ui.ts';

/** A button that opens the picker of emojis, and inserts the chosen one at the caret of the input. */
export function mountEmojiButton(ui: Ui, input: HTMLTextAreaElement): HTMLElement {
  const click = () => withPart(ui, lazyReactions, (part) => part.insertEmoji(ui, input));
  return el(
    'button',
    {
      type: 'button',
      class: 'composer-attach composer-emoji',
      'aria-label': ui.i18n.t('composer.emoji'),
      on: { click },
    },
    icon('smile'),
  );
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
