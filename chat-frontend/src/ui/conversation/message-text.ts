import type { I18n } from '../../i18n/i18n.ts';
import { el, setText } from '../el.ts';
import { lazyLinkify } from '../lazy.ts';

/** How much of a collapsed message is shown (features §4.4). A message that is hardly longer is shown in full. */
const COLLAPSED = { chars: 700, lines: 24 };
const MAX_FULL = { chars: 840, lines: 28 };
/** A longer word may be cut inside. */
const MAX_WORD_CHARS = 40;

/** A text that does not match this has no URL to link. */
const MAY_HAVE_URL = /:\/\/|www\./i;

/**
 * The text of a message in `node`: URLs are links, and a long text is collapsed until its reader expands it. Returns a
 * function that shows a text; in print it is never collapsed. `onText` runs when another text was set.
 */
export function mountMessageText(
  { t }: I18n,
  node: HTMLElement,
  options: { isExpanded: boolean; onExpand: () => void; onText?: () => void },
): (text: string, isPrinting?: boolean) => void {
  let button: HTMLButtonElement | undefined;
  let { isExpanded } = options;
  let fullText = '';

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
    setTextWithLinks(node, beginning ?? text, options.onText);
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

/** Few texts have URLs, so the linkifier is loaded for the first of them. Its links do not change the layout. */
function setTextWithLinks(node: HTMLElement, text: string, onText?: () => void): void {
  if (node.textContent === text) return;
  setText(node, text);
  onText?.();
  if (!MAY_HAVE_URL.test(text)) return;
  const addLinks = ({ linkify }: typeof import('./linkify.ts')) => {
    if (node.textContent !== text) return;
    node.replaceChildren(...linkify(text));
    onText?.();
  };
  const module = lazyLinkify.loaded();
  if (module) addLinks(module);
  else lazyLinkify.load().then(addLinks, () => undefined);
}
