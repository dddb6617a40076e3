import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import { isRetryable, toApiError } from '../../api/api-error.ts';
import type { FileInfo } from '../../state/file-kind.ts';
import { el, setText } from '../el.ts';
import { formatSize } from '../format-size.ts';
import { lazyIcon } from '../lazy-icons.ts';
import type { Ui } from '../ui.ts';
import { clockTime } from '../voice/duration.ts';
import { dataSaver } from './data-use/data-saver.ts';
import { kindOf } from './file-kind.ts';
import { watchNear } from './near-view.ts';
import { openSource } from './source/file-source.ts';
import { previewUrl } from './source/preview-url.ts';

/** A picture or video of a message. `more`: files that are behind this tile, the last of its album. */
export type TileItem = { file: FileInfo; seq: number | undefined; more: number };
/** A picture that takes longer says so. */
const WAIT_MS = 700;

export type TileContext = { conversationId: Id; open: (fileId: Id) => void };

/** What a tile says over its preview. */
type Note = 'none' | 'waiting' | 'size' | 'progress' | 'failed' | 'gone' | 'video' | 'more';

/**
 * A picture or video in a bubble, as a button that opens it. The blurred preview is there at once; the picture follows
 * when the tile is near the view, or when it is tapped if data is saved. Far away from the view it is released.
 */
export function createTile(ui: Ui, { conversationId, open }: TileContext, item: TileItem) {
  const { t, locale } = ui.i18n;
  const kind = kindOf(item.file);
  const saver = dataSaver(ui);
  const picture = el('img', { class: 'tile-picture', alt: '', hidden: true });
  const note = el('span', { class: 'tile-note' });
  const node = el('button', { type: 'button', class: 'tile', on: { click: onClick } }, picture, note);
  let { file, seq, more } = item;
  let isNear = false;
  let isWanted = false;
  let problem: 'failed' | 'gone' | undefined;
  let loading: AbortController | undefined;
  let isSlow = false;
  let stored = 0;
  let held: { url: string; release: () => void } | undefined;

  const source = () => openSource(ui, { conversationId, seq, file });

  const preview = previewUrl(item.file.preview);
  if (preview) node.prepend(el('img', { class: 'tile-preview', src: preview, alt: '' }));

  function onClick(): void {
    if (problem === 'failed') {
      problem = undefined;
      isWanted = true;
      refresh();
    } else if (kind === 'photo' && !held && !isWanted && problem === undefined) {
      isWanted = true;
      refresh();
    } else open(file.id);
  }

  /** Loads or releases the picture as it is needed now. */
  function refresh(): void {
    if (!isNear) {
      loading?.abort();
      loading = undefined;
      release();
    } else if (kind === 'photo' && !held && !loading && !problem) void load();
    show();
  }

  async function load(): Promise<void> {
    const controller = new AbortController();
    loading = controller;
    stored = 0;
    isSlow = false;
    const cancelWait = ui.clock.after(WAIT_MS, () => {
      isSlow = true;
      show();
    });
    try {
      const mayFetch = isWanted || !saver.isOn(conversationId);
      if (!mayFetch && !(await source().local())) return;
      const found = await source().url(onProgress, controller.signal);
      if (loading !== controller) return found.release();
      held = found;
      picture.src = found.url;
      // Shown once it is decoded: nothing flickers.
      await picture.decode?.();
      picture.hidden = false;
    } catch (thrown) {
      if (loading !== controller) return;
      release();
      // What a browser cannot decode is no ApiError either.
      problem = thrown instanceof DOMException || !isRetryable(toApiError(thrown).code) ? 'gone' : 'failed';
    } finally {
      cancelWait();
      if (loading === controller) loading = undefined;
      show();
    }
  }

  function onProgress(bytes: number): void {
    stored = bytes;
    show();
  }

  function release(): void {
    picture.hidden = true;
    picture.removeAttribute('src');
    held?.release();
    held = undefined;
  }

  function noteNow(): Note {
    if (more > 0) return 'more';
    if (kind === 'video') return 'video';
    if (problem) return problem;
    if (held && !picture.hidden) return 'none';
    if (loading && stored > 0 && stored < file.size) return 'progress';
    if (loading) return isSlow ? 'waiting' : 'none';
    return isNear && !isWanted ? 'size' : 'none';
  }

  function show(): void {
    const now = noteNow();
    const size = t('data.about', { size: formatSize(file.size, locale) });
    const percent = Math.floor((stored / file.size) * 100);
    const texts: Record<Note, string> = {
      none: '',
      waiting: t('form.busy'),
      size,
      progress: `${percent} %`,
      failed: t('file.failed'),
      gone: t('file.gone'),
      video: file.durationMs === undefined ? '' : clockTime(file.durationMs),
      more: `+${more + 1}`,
    };
    if (note.dataset.note !== now) {
      note.dataset.note = now;
      const icon =
        now === 'size' ? 'down' : now === 'video' ? 'play' : now === 'failed' ? 'retry' : undefined;
      note.replaceChildren(...(icon ? [lazyIcon(icon)] : []), el('span', {}));
    }
    const text = note.lastElementChild;
    if (text) setText(text, texts[now]);
    note.hidden = now === 'none';
    node.setAttribute('aria-label', label(now, size));
  }

  /** What assistive technology reads: the kind, what the picture shows, and what a press does. */
  function label(now: Note, size: string): string {
    const what = file.alt ? `${t(`file.kind.${kind}`)}: ${file.alt}` : t(`file.kind.${kind}`);
    if (now === 'more') return t('file.more', { n: more + 1 });
    if (now === 'size') return `${what}. ${t('file.load', { size })}`;
    if (now === 'failed' || now === 'gone') return `${what}. ${t(`file.${now}`)}`;
    if (now === 'waiting' || now === 'progress') return `${what}. ${t('form.busy')}`;
    return what;
  }

  watchNear(node, (near) => {
    if (near === isNear) return;
    isNear = near;
    refresh();
  });
  show();

  return {
    node,
    update(next: TileItem): void {
      const wasPending = seq === undefined;
      ({ file, seq, more } = next);
      // What was not in this browser can be downloaded once the message is sent.
      if (wasPending && seq !== undefined && problem) problem = undefined;
      refresh();
    },
  };
}
