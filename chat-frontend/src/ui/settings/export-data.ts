import { buttonAction } from '../card-rows.ts';
import { el, setText } from '../el.ts';
import { showError } from '../error-message.ts';
import { formatSize } from '../format-size.ts';
import type { Ui } from '../ui.ts';
import { type Download, exportAddress, pickTarget, startDownload } from './export-download.ts';

/** The download that runs, whose it is, and what shows it: its screen may be left and opened again. */
let running: { download: Download; userId: string } | undefined;
let showRunning = () => {};

/**
 * Downloads all data of the person as a zip. Where the browser lets a page write a file, the page shows how far it is and can stop it;
 * elsewhere the browser itself stores it from a signed address. In both cases the page holds no byte of what may be gigabytes.
 */
export function mountExportData({ i18n, http, state, notify }: Ui): HTMLElement[] {
  const { t, locale } = i18n;
  const errorText = el('p', { class: 'form-error', role: 'alert' });
  const note = el('p', { class: 'panel-note', role: 'status' }, t('export.lead'));
  const amount = el('p', { role: 'status' });
  const progress = el('progress', { 'aria-label': t('export.running') });
  const cancelButton = el(
    'button',
    { type: 'button', class: 'button', on: { click: () => running?.download.cancel() } },
    t('dialog.cancel'),
  );
  const bar = el('div', { class: 'export-progress', hidden: true }, progress, amount, cancelButton);
  const button = buttonAction('archive', t('export.do'), () => void start());
  const myId = () => state().me?.id ?? '';

  async function start(): Promise<void> {
    setText(errorText, '');
    setText(note, t('export.lead'));
    button.disabled = true;
    try {
      const target = await pickTarget();
      if (target) {
        const download = startDownload(http, target, () => showRunning());
        running = { download, userId: myId() };
        await follow(download);
      } else if (target === undefined) {
        const link = el('a', { href: await exportAddress(http), download: '' });
        document.body.append(link);
        link.click();
        link.remove();
        setText(note, t('export.begun'));
      }
    } catch (thrown) {
      showError(errorText, i18n, thrown);
    } finally {
      show();
    }
  }

  async function follow(download: Download): Promise<void> {
    showRunning = show;
    show();
    // Of several screens that showed it, the last one says how it ended.
    const isCurrent = () => showRunning === show;
    try {
      await download.finished;
      if (!isCurrent()) return;
      const size = formatSize(download.bytes(), locale);
      setText(note, t('export.done', { size }));
      if (!note.isConnected) notify(t('export.done', { size }));
    } catch (thrown) {
      if (!isCurrent()) return;
      const { code } = thrown as { code?: string };
      if (code === 'TIMEOUT') setText(note, t('export.cancelled'));
      else if (code === 'NETWORK') setText(errorText, t('export.failed'));
      else showError(errorText, i18n, thrown);
      if (!note.isConnected && code !== 'TIMEOUT') notify(t('export.failed'));
    } finally {
      if (running?.download === download) running = undefined;
      show();
    }
  }

  function show(): void {
    const mine = running?.userId === myId() ? running.download : undefined;
    button.disabled = running !== undefined;
    bar.hidden = !mine;
    if (mine) setText(amount, t('export.progress', { size: formatSize(mine.bytes(), locale) }));
  }

  if (running?.userId === myId()) void follow(running.download);
  return [el('section', { class: 'card card-actions' }, button, bar, errorText), note];
}
