import type { Quote } from '../../state/selectors.ts';
import { bdi, el, setText, visuallyHidden } from '../el.ts';
import type { Ui } from '../ui.ts';

/** So much of a quoted message is shown. */
const LONGEST = 200;

/** The message that is answered, in a few words; a press leads to it. */
export function createQuote({ i18n: { t } }: Ui, jump: (seq: number) => void) {
  const name = bdi('', 'quote-name');
  const text = bdi('', 'quote-text');
  let shown: Quote | undefined;
  const node = el(
    'button',
    { type: 'button', class: 'quote', on: { click: () => shown && jump(shown.seq) } },
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
    const who = quote.kind === 'text' ? (quote.own ? t('bubble.you') : sender) : '';
    setText(name, who);
    name.hidden = who === '';
    setText(text, quoteText(t, quote));
    node.classList.toggle('quote-quiet', quote.kind !== 'text');
  }

  return { node, update };
}

/** A quoted message in one line. */
export function quoteText(t: Ui['i18n']['t'], quote: Quote): string {
  switch (quote.kind) {
    case 'text': {
      const letters = [...quote.text];
      return letters.length > LONGEST ? `${letters.slice(0, LONGEST).join('')}…` : quote.text;
    }
    case 'gone':
      return t('bubble.deleted');
    case 'locked':
      return t('chat.locked');
    case 'missing':
      return '…';
  }
}
