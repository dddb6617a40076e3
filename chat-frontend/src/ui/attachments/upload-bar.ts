import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import type { PendingMessage } from '../../state/pending.ts';
import { el, setText } from '../el.ts';
import { formatSize } from '../format-size.ts';
import { lazyIcon } from '../lazy-icons.ts';
import type { Ui } from '../ui.ts';

/**
 * How much of the files of a message is uploaded, with buttons to pause and to cancel. It is gone once all of it is; a
 * message that failed has its own reason and buttons below.
 */
export function createUploadBar(ui: Ui, messageId: Id) {
  const { i18n, actions } = ui;
  const { t, locale } = i18n;
  let isPaused = false;
  const amount = el('span', { class: 'upload-amount' });
  const bar = el('progress', { class: 'upload-progress', max: 1, 'aria-label': t('file.uploading') });
  const pauseButton = el('button', { type: 'button', class: 'upload-button', on: { click: togglePause } });
  const cancelButton = el(
    'button',
    {
      type: 'button',
      class: 'upload-button',
      'aria-label': t('file.cancelUpload'),
      on: { click: () => actions.remove(messageId) },
    },
    lazyIcon('close'),
  );
  const node = el(
    'div',
    { class: 'upload', role: 'group', 'aria-label': t('file.uploading') },
    el('div', { class: 'upload-about' }, amount, bar),
    pauseButton,
    cancelButton,
  );

  function togglePause(): void {
    if (isPaused) actions.retry(messageId);
    else actions.pauseUpload(messageId);
  }

  function update(pending: PendingMessage | undefined): void {
    const files = pending?.files ?? [];
    const size = files.reduce((sum, file) => sum + file.size, 0);
    const stored = files.reduce((sum, file) => sum + file.stored, 0);
    node.hidden = stored >= size || pending?.status === 'failed';
    if (node.hidden) return;
    isPaused = files.some(({ paused }) => paused);
    bar.value = stored / size;
    const percent = `${Math.floor((stored / size) * 100)} %`;
    const done = t('file.amount', { stored: percent, size: formatSize(size, locale) });
    setText(amount, isPaused ? `${t('file.paused')} · ${percent}` : done);
    const label = t(isPaused ? 'file.resume' : 'file.pause');
    if (pauseButton.getAttribute('aria-label') === label) return;
    pauseButton.setAttribute('aria-label', label);
    pauseButton.replaceChildren(lazyIcon(isPaused ? 'play' : 'pause'));
  }

  return { node, update };
}
