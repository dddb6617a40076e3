import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import type { I18n } from '../../i18n/i18n.ts';
import { type Bubble, filesOf } from '../../state/selectors.ts';
import { copiedTextOf } from '../polls/poll-text.ts';

/** The text of chosen messages, oldest first: one alone as it is, several with their time and who wrote them. */
export function copiedText(
  { locale }: Pick<I18n, 'locale'>,
  bubbles: readonly Bubble[],
  nameOf: (userId: Id) => string,
): string {
  const textOf = (bubble: Bubble) =>
    copiedTextOf(bubble) ||
    filesOf(bubble)
      .map(({ name }) => `<${name}>`)
      .join(' ');
  const [first] = bubbles;
  if (first && bubbles.length === 1) return textOf(first);
  const format = new Intl.DateTimeFormat(locale, {
    day: '2-digit',
    month: '2-digit',
    year: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  return bubbles
    .map((bubble) => `[${format.format(bubble.at)}] ${nameOf(bubble.senderId)}: ${textOf(bubble)}`)
    .join('\n');
}
