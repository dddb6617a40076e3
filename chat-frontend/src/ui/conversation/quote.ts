import type { Quote } from '../../state/selectors.ts';
import { bdi, el, setText, visuallyHidden } from '../el.ts';
import { messagePreview } from '../message-preview.ts';
import type { Ui } from '../ui.ts';

/** A quote shows this many code points of the quoted message. */
const MAX_CODE_POINTS = 200;

/** The message that a reply answers, shortened; pressing it jumps to that message. */
export function createQuote(ui: Ui, onJump: (seq: number) => void) {
  const { t } = ui.i18n;
  const name = bdi('', 'quote-name');
  const text = bdi('', 'quote-text');
  let shown: Quote | undefined;
  const node = el(
    'button',
    { type: 'button', class: 'quote', on: { click: () => shown && onJump(shown.seq) } },
    visuallyHidden(`${t('bubble.toQuoted')} `),
    name,
    ' ',
    text,
  );
  node.hidden = true;

  function update(quote: Quote | undefined, sender: string): void {
    shown = quote;
    node.hidden = !quote;
    if (!quote) return;
    const author = quote.kind === 'text' ? (quote.own ? t('bubble.you') : sender) : '';
    setText(name, author);
    name.hidden = author === '';
    setText(text, quoteText(ui, quote));
    node.classList.toggle('quote-quiet', quote.kind !== 'text');
  }

  return { node, update };
}

/** The text of a quote, or a note in place of a message that cannot be shown. */
export function quoteText(ui: Pick<Ui, 'i18n' | 'redraw'>, quote: Quote): string {
  const { t } = ui.i18n;
  switch (quote.kind) {
    case 'text': {
      const text = messagePreview(ui, quote.text, quote.files);
      const codePoints = [...text];
      return codePoints.length > MAX_CODE_POINTS ? `${codePoints.slice(0, MAX_CODE_POINTS).join('')}…` : text;
    }
    case 'gone':
      return t('bubble.deleted');
    case 'locked':
      return t('chat.locked');
    case 'missing':
      return '…';
  }
}
