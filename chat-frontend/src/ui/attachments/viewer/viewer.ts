import type { Id } from '../../../../../chat-core/src/wire/wire.ts';
import { toApiError } from '../../../api/api-error.ts';
import type { FileInfo } from '../../../state/file-kind.ts';
import { showDialog } from '../../dialog.ts';
import { bdi, el, setText } from '../../el.ts';
import { type LazyIconName, lazyIcon } from '../../lazy-icons.ts';
import type { Ui } from '../../ui.ts';
import { kindOf } from '../file-kind.ts';
import { renewAddress } from '../file-row.ts';
import { openSource } from '../source/file-source.ts';
import { previewUrl } from '../source/preview-url.ts';
import { saveFile } from '../source/save-file.ts';
import { openHistoryStep } from './history-step.ts';
import { mountZoom } from './zoom.ts';

/** A picture or video among those that the viewer goes through, and who sent it when. */
export type ViewerItem = { file: FileInfo; seq: number | undefined; who: string; when: string };
export type Gallery = {
  conversationId: Id;
  /** Oldest first. */
  items: () => ViewerItem[];
  /** Loads older ones, if there are any; resolves with whether there are more now. */
  loadOlder?: () => Promise<boolean>;
};

const ZOOM_STEP = 1.5;
/** A picture that takes longer says so. */
const WAIT_MS = 500;

/**
 * Shows pictures and videos over the whole page, beginning with one of them: ← and → or a swipe for the others, + and − or a
 * pinch to zoom, Esc or the browser's Back to close.
 */
export function openViewer(ui: Ui, gallery: Gallery, startId: Id): void {
  const { i18n } = ui;
  const { t } = i18n;
  let shownId = startId;
  let loading: AbortController | undefined;
  let release: (() => void) | undefined;

  const button = (icon: LazyIconName, label: string, click: () => void) =>
    el(
      'button',
      { type: 'button', class: 'viewer-button', 'aria-label': label, on: { click } },
      lazyIcon(icon),
    );
  const who = bdi('', 'viewer-who');
  const when = el('span', { class: 'viewer-when' });
  const zoomOut = button('minus', t('viewer.smaller'), () => zoom.zoomBy(1 / ZOOM_STEP));
  const zoomIn = button('plus', t('viewer.larger'), () => zoom.zoomBy(ZOOM_STEP));
  const save = button('down', t('viewer.save'), () => void saveShown());
  const closeButton = button('close', t('viewer.close'), () => dialog.close());
  const previous = button('back', t('viewer.previous'), () => void go(-1));
  const next = button('next', t('viewer.next'), () => void go(1));
  previous.classList.add('viewer-previous');
  next.classList.add('viewer-next');
  const place = el('div', { class: 'viewer-place' });
  const progress = el('p', { class: 'viewer-note' });
  const stage = el('div', { class: 'viewer-stage' }, place, progress, previous, next);
  const caption = el('p', { class: 'viewer-caption', dir: 'auto' });
  const status = el('p', { class: 'visually-hidden', role: 'status' });
  const dialog = el(
    'dialog',
    { class: 'viewer', 'aria-label': t('viewer.title'), on: { keydown: onKey } },
    el(
      'header',
      { class: 'viewer-bar' },
      el('div', { class: 'viewer-about' }, who, when),
      zoomOut,
      zoomIn,
      save,
      closeButton,
    ),
    stage,
    caption,
    status,
  );
  const zoom = mountZoom(stage, { onSwipe: (step) => void go(step), onDismiss: () => dialog.close() });

  const indexOfShown = () => gallery.items().findIndex(({ file }) => file.id === shownId);

  function onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    // A video has keys of its own.
    if (event.target instanceof HTMLVideoElement && event.key.startsWith('Arrow')) return;
    const run: Record<string, () => void> = {
      ArrowLeft: () => void go(-1),
      ArrowRight: () => void go(1),
      '+': () => zoom.zoomBy(ZOOM_STEP),
      '=': () => zoom.zoomBy(ZOOM_STEP),
      '-': () => zoom.zoomBy(1 / ZOOM_STEP),
      '0': () => zoom.zoomBy(1 / zoom.scale()),
    };
    const action = run[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  /** Shows the next or the previous one; at the oldest, those before it are loaded first. */
  async function go(step: 1 | -1): Promise<void> {
    let index = indexOfShown() + step;
    if (index < 0 && (await gallery.loadOlder?.().catch(() => false))) index = indexOfShown() + step;
    const item = gallery.items()[index];
    if (!dialog.open || !item) return;
    shownId = item.file.id;
    show(item);
  }

  function show(item: ViewerItem): void {
    const { file } = item;
    const items = gallery.items();
    const index = indexOfShown();
    loading?.abort();
    release?.();
    release = undefined;
    setText(who, item.who);
    setText(when, item.when);
    setText(caption, file.alt ?? '');
    caption.hidden = !file.alt;
    setText(progress, '');
    previous.disabled = index <= 0 && !gallery.loadOlder;
    next.disabled = index >= items.length - 1;
    const isPhoto = kindOf(file) === 'photo';
    zoomOut.hidden = !isPhoto;
    zoomIn.hidden = !isPhoto;
    const position = t('viewer.position', { n: index + 1, of: items.length });
    setText(
      status,
      `${position}. ${t(`file.kind.${isPhoto ? 'photo' : 'video'}`)}${file.alt ? `: ${file.alt}` : ''}`,
    );
    const preview = previewUrl(file.preview);
    place.replaceChildren(
      ...(preview ? [el('img', { class: 'viewer-preview', src: preview, alt: '' })] : []),
    );
    zoom.setTarget(undefined);
    const controller = new AbortController();
    loading = controller;
    void (isPhoto ? showPhoto(item, controller.signal) : showVideo(item, controller.signal)).catch(
      (thrown: unknown) => {
        if (!controller.signal.aborted) fail(thrown);
      },
    );
  }

  function fail(thrown: unknown): void {
    const isUndecodable = thrown instanceof DOMException;
    setText(progress, isUndecodable ? t('file.gone') : i18n.errorMessage(toApiError(thrown).code));
  }

  async function showPhoto({ file, seq }: ViewerItem, signal: AbortSignal): Promise<void> {
    const source = openSource(ui, { conversationId: gallery.conversationId, seq, file });
    const onProgress = (bytes: number) => setText(progress, `${Math.floor((bytes / file.size) * 100)} %`);
    const cancelWait = ui.clock.after(WAIT_MS, () => !signal.aborted && setText(progress, t('form.busy')));
    const found = await source.url(onProgress, signal).finally(cancelWait);
    if (signal.aborted) return found.release();
    release = found.release;
    const picture = el('img', {
      class: 'viewer-picture',
      src: found.url,
      alt: file.alt ?? t('file.kind.photo'),
      draggable: 'false',
    });
    await picture.decode?.();
    if (signal.aborted) return;
    setText(progress, '');
    place.replaceChildren(picture);
    zoom.setTarget(picture);
  }

  async function showVideo({ file, seq }: ViewerItem, signal: AbortSignal): Promise<void> {
    const source = openSource(ui, { conversationId: gallery.conversationId, seq, file });
    const address = await source.address();
    if (signal.aborted) return;
    const poster = previewUrl(file.preview);
    const video = el('video', {
      class: 'viewer-picture',
      controls: true,
      playsinline: true,
      src: address,
      poster,
      'aria-label': file.alt ?? t('file.kind.video'),
    });
    renewAddress(ui, video, source.address, () => setText(progress, t('file.unplayable')));
    place.replaceChildren(video);
    // Without a press just before, a browser leaves the start to its own button.
    await video.play().catch(() => undefined);
  }

  async function saveShown(): Promise<void> {
    const item = gallery.items()[indexOfShown()];
    if (!item) return;
    try {
      const source = openSource(ui, {
        conversationId: gallery.conversationId,
        seq: item.seq,
        file: item.file,
      });
      saveFile(item.file.name, await source.blob());
    } catch (thrown) {
      ui.failed(thrown);
    }
  }

  const start = gallery.items()[indexOfShown()];
  if (!start) return;
  const leave = openHistoryStep(() => dialog.close());
  showDialog(dialog, () => {
    loading?.abort();
    release?.();
    leave();
  });
  closeButton.focus();
  show(start);
}
