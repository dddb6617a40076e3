import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import { type FileInfo, isVisual } from '../../state/file-kind.ts';
import { type Bubble, filesOf } from '../../state/selectors.ts';
import type { decorateFiles } from '../attachments/attachments.lazy.ts';
import { el } from '../el.ts';
import { lazyAttachments } from '../lazy-content.ts';
import type { Ui } from '../ui.ts';

/** The height of a row of a file, as in attachments.css. */
const ROW_PX = 60;
/** A single picture keeps its shape between these: a narrower or wider one is cut. */
const [NARROWEST, WIDEST] = [0.75, 2];

/** The width of the tiles of a message by their height. */
export function ratioOf(tiles: readonly FileInfo[]): number {
  const [{ width = 4, height = 3 } = {}] = tiles;
  if (tiles.length > 1) return tiles.length === 2 ? 2 : 1;
  return Math.min(Math.max(width / height, NARROWEST), WIDEST);
}

/**
 * The files of a bubble, before its text. Their room is reserved at once, from the sizes that the message states; what they
 * show follows with the lazy part, and moves nothing.
 */
export function createFileRoom(ui: Ui, conversationId: Id, text: HTMLElement) {
  const grid = el('div', { class: 'files-grid' });
  const rows = el('div', {});
  const node = el('div', { class: 'bubble-files' }, grid, rows);
  let part: ReturnType<typeof decorateFiles> | undefined;
  let shown: Bubble;
  text.before(node);

  function update(bubble: Bubble): void {
    shown = bubble;
    const files = filesOf(bubble);
    const tiles = files.filter(isVisual);
    node.hidden = files.length === 0;
    grid.hidden = tiles.length === 0;
    grid.style.aspectRatio = String(ratioOf(tiles));
    rows.style.minHeight = `${ROW_PX * (files.length - tiles.length)}px`;
    part ??= lazyAttachments.loaded()?.decorateFiles(ui, { conversationId, node, grid, rows });
    if (part) part.update(bubble, files);
    else
      lazyAttachments.load().then(
        () => update(shown),
        () => undefined,
      );
  }

  return update;
}
