import type { I18n } from '../../i18n/i18n.ts';
import { el, setText } from '../el.ts';
import { lazyRichText } from '../lazy-content.ts';

type RichText = typeof import('./rich-text.ts');

/** How much of a collapsed message is shown (features §4.4). A message that is hardly longer is shown in full. */
const COLLAPSED = { chars: 700, lines: 24 };
const MAX_FULL = { chars: 840, lines: 28 };
/** A longer word may be cut inside. */
const MAX_WORD_CHARS = 40;

/** A text that does not match this has neither a link nor a format. */
const MAY_BE_RICH = /[*_~`@]|\w\.\w|:\/\/|\d{4}|^(?:>|[-*] |\d+\. )/m;

/**
 * The text of a message in `node`: it has links and a format, and a long text is collapsed until its reader expands it.
 * Returns a function that shows a text; in print it is never collapsed. `onText` runs when another text was set; `onLate`
 * makes a change that may move other messages, when the format is loaded after the text was shown.
 */
export function mountMessageText(
  { t }: I18n,
  node: HTMLElement,
  options: {
    isExpanded: boolean;
    onExpand: () => void;
    onText?: () => void;
    onLate: (change: () => void) => void;
  },
): (text: string, isPrinting?: boolean) => void {
  let button: HTMLButtonElement | undefined;
  let { isExpanded } = options;
  let fullText = '';
  let shownText = '';

  function expand(): void {
    isExpanded = true;
    show(fullText);
    // The button disappears and would take the focus with it: reading continues in the text.
    node.tabIndex = -1;
    node.focus({ preventScroll: true });
    options.onExpand();
  }

  function show(text: string, isPrinting = false): void {
    fullText = text;
    const beginning = isExpanded || isPrinting ? undefined : collapse(text);
    setRichText(beginning ?? text);
    if (beginning !== undefined && !button) {
      button = el(
        'button',
        { type: 'button', class: 'bubble-expand', on: { click: expand } },
        t('bubble.expand'),
      );
      node.after(button);
    }
    if (button) button.hidden = beginning === undefined;
  }

  /** The text alone until the format is loaded. */
  function setRichText(text: string): void {
    if (shownText === text) return;
    shownText = text;
    const module = lazyRichText.loaded();
    const isRich = MAY_BE_RICH.test(text);
    if (module && isRich) {
      render(module);
      return;
    }
    setText(node, text);
    options.onText?.();
    if (!isRich) return;
    const renderLate = (part: RichText) =>
      shownText === text && options.onLate(() => shownText === text && render(part));
    lazyRichText.load().then(renderLate, () => undefined);
  }

  function render({ renderRichText }: RichText): void {
    node.replaceChildren(...renderRichText(shownText));
    options.onText?.();
  }

  return show;
}

/** The beginning of a long text, cut after a word and never within a character; undefined where the text is not long. */
export function collapse(text: string): string | undefined {
  const end = Math.min(text.length > MAX_FULL.chars ? COLLAPSED.chars : text.length, endOfLines(text));
  if (end === text.length) return undefined;
  const from = Math.max(0, end - MAX_WORD_CHARS);
  const space = text.slice(from, end + 1).search(/\s\S*$/);
  return `${text.slice(0, space === -1 ? characterStartBefore(text, end) : from + space).trimEnd()}…`;
}

/** The index where the lines of a collapsed text end. */
function endOfLines(text: string): number {
  const lines = text.split('\n', MAX_FULL.lines + 1);
  return lines.length > MAX_FULL.lines ? lines.slice(0, COLLAPSED.lines).join('\n').length : text.length;
}

/** The last index up to `index` at which a character begins: one may consist of many code units. */
function characterStartBefore(text: string, index: number): number {
  const from = Math.max(0, index - MAX_WORD_CHARS);
  const around = text.slice(from, index + MAX_WORD_CHARS);
  const starts = [...new Intl.Segmenter().segment(around)].map((segment) => from + segment.index);
  return starts.findLast((start) => start <= index && start > from) ?? index;
}
