import '../../styles/attachments.css';
import '../../styles/viewer.css';
import '../../styles/media-page.css';
import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import { type FileInfo, isVisual } from '../../state/file-kind.ts';
import type { Bubble } from '../../state/selectors.ts';
import { keyedList } from '../keyed-list.ts';
import type { Ui } from '../ui.ts';
import { kindOf } from './file-kind.ts';
import { createFileRow, type RowItem } from './file-row.ts';
import { createTile, type TileItem } from './tile.ts';
import { createUploadBar } from './upload-bar.ts';
import { chatGallery } from './viewer/chat-gallery.ts';
import { openViewer } from './viewer/viewer.ts';
import { createVoiceRow } from './voice-row.ts';

export { fileLabel } from './file-label.ts';
export { mountMediaPage } from './viewer/media-page.ts';

/** More pictures of one message are behind its last tile. */
const MAX_TILES = 4;

/** Where a bubble shows its files: pictures and videos in the grid, whose size is reserved, all others in the rows. */
export type FileRoom = { conversationId: Id; node: HTMLElement; grid: HTMLElement; rows: HTMLElement };

/** Shows the files of a message, or of a pending one, in its bubble. */
export function decorateFiles(ui: Ui, { conversationId, node, grid, rows }: FileRoom) {
  const open = (fileId: Id) => openViewer(ui, chatGallery(ui, conversationId), fileId);
  const renderTiles = keyedList<TileItem>(grid, {
    key: ({ file }) => file.id,
    create: (item) => createTile(ui, { conversationId, open }, item),
  });
  const renderRows = keyedList<RowItem>(rows, {
    key: ({ file }) => file.id,
    create: (item) =>
      kindOf(item.file) === 'voice'
        ? createVoiceRow(ui, conversationId, item)
        : createFileRow(ui, conversationId, item),
  });
  let uploadBar: ReturnType<typeof createUploadBar> | undefined;

  return {
    update({ seq, pending, own, at }: Bubble, files: readonly FileInfo[]): void {
      const tiles = files.filter(isVisual);
      const hidden = tiles.length - MAX_TILES;
      const item = (file: FileInfo, index: number): TileItem => ({
        file,
        seq,
        more: index === MAX_TILES - 1 ? Math.max(hidden, 0) : 0,
      });
      grid.dataset.count = String(Math.min(tiles.length, MAX_TILES));
      renderTiles(tiles.slice(0, MAX_TILES).map(item));
      const received = own ? {} : { receivedAt: at };
      renderRows(files.filter((file) => !isVisual(file)).map((file) => ({ file, seq, ...received })));
      if (pending && !uploadBar) {
        uploadBar = createUploadBar(ui, pending.id);
        node.append(uploadBar.node);
      }
      uploadBar?.update(pending);
    },
  };
}
