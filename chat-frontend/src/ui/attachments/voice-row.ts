import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import { el } from '../el.ts';
import type { Ui } from '../ui.ts';
import { createFileRow, type RowItem } from './file-row.ts';
import { openSource } from './source/file-source.ts';

/** A voice message in a bubble: its player, once that lazy part is loaded; a file to play or save if it cannot be. */
export function createVoiceRow(ui: Ui, conversationId: Id, item: RowItem) {
  const { file, receivedAt } = item;
  let { seq } = item;
  const node = el('div', { class: 'file' });
  let row: ReturnType<typeof createFileRow> | undefined;

  function mount({ mountVoicePlayer }: typeof import('../voice/player.lazy.ts')): void {
    const source = {
      // Once it is sent, the content may have left this browser.
      blob: (onProgress: (bytes: number) => void, signal: AbortSignal) =>
        openSource(ui, { conversationId, seq, file }).blob(onProgress, signal),
    };
    const options = receivedAt === undefined ? {} : { receivedAt };
    node.replaceChildren(mountVoicePlayer(ui, file, source, options).node);
  }

  function mountRow(): void {
    row = createFileRow(ui, conversationId, { file, seq });
    node.replaceChildren(row.node);
  }

  import('../voice/player.lazy.ts').then(mount, mountRow);
  return {
    node,
    update(next: RowItem): void {
      ({ seq } = next);
      row?.update(next);
    },
  };
}
