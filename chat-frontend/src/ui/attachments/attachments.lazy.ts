import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import type { Bubble } from '../../state/selectors.ts';
import { bdi, el } from '../el.ts';
import { keyedList } from '../keyed-list.ts';
import type { Ui } from '../ui.ts';

/** A bubble whose message has files: they stand before its text. */
type FilesContext = { conversationId: Id; article: HTMLElement; text: HTMLElement };

/** Shows the files of a message, or of a pending one, in its bubble. */
export function decorateFiles(_ui: Ui, { text }: FilesContext) {
  const list = el('ul', { class: 'bubble-files' });
  text.before(list);
  const render = keyedList<{ id: Id; name: string }>(list, {
    key: ({ id }) => id,
    create: ({ name }) => ({ node: el('li', {}, bdi(name)), update: () => undefined }),
  });
  return { update: ({ attachments, pending }: Bubble) => render(attachments ?? pending?.files ?? []) };
}
