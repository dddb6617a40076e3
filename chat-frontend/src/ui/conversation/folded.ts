import type { I18n } from '../../i18n/i18n.ts';
import { el } from '../el.ts';
import { setLinked } from './addresses.ts';
import { beginningOf } from './collapse.ts';

/** Whether somebody has unfolded a text, and what is done when they do. */
export type Fold = { whole: boolean; onUnfold: () => void };

/** The text of a message in its place: a long one begins folded, and stays unfolded once it was; on paper it is whole. */
export function foldedText(
  { t }: I18n,
  place: HTMLElement,
  fold: Fold,
): (words: string, onPaper?: boolean) => void {
  let button: HTMLButtonElement | undefined;
  let { whole } = fold;
  let all = '';

  function unfold(): void {
    whole = true;
    show(all);
    // The button goes, and with it the focus would: reading goes on in the text.
    place.tabIndex = -1;
    place.focus({ preventScroll: true });
    fold.onUnfold();
  }

  function show(words: string, onPaper = false): void {
    all = words;
    const beginning = whole || onPaper ? undefined : beginningOf(words);
    setLinked(place, beginning ?? words);
    if (beginning !== undefined && !button) {
      button = el(
        'button',
        { type: 'button', class: 'bubble-expand', on: { click: unfold } },
        t('bubble.unfold'),
      );
      place.after(button);
    }
    if (button) button.hidden = beginning === undefined;
  }

  return show;
}
