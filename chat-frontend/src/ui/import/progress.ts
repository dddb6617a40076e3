import { type ImportInput, type ImportState, uploadImport } from '../../import/upload-import.ts';
import { hashOf } from '../../router.ts';
import { el, setText } from '../el.ts';
import { showError } from '../error-message.ts';
import type { Ui } from '../ui.ts';
import { mountShareArchive } from './share-archive.ts';

type Options = { input: ImportInput; onDone(): void; onCancel(): void };

/** The progress of an import, which can be paused and cancelled, and what to do with the archive once it is done. */
export function mountProgress(ui: Ui, { input, onDone, onCancel }: Options) {
  const { i18n, http, clock } = ui;
  const { t } = i18n;
  const number = new Intl.NumberFormat(i18n.locale);
  let running: AbortController | undefined;
  const title = el('h2', { tabindex: -1 }, t('import.running'));
  const bar = el('progress', { max: input.rows.length, value: 0, 'aria-label': t('import.running') });
  const amount = el('p', { role: 'status' });
  const skipped = el('p', { class: 'field-hint' });
  const errorText = el('p', { class: 'form-error', role: 'alert' });
  const pauseButton = el(
    'button',
    { type: 'button', class: 'button', on: { click: toggle } },
    t('import.pause'),
  );
  const cancelButton = el(
    'button',
    {
      type: 'button',
      class: 'button',
      on: {
        click: () => {
          pause();
          onCancel();
        },
      },
    },
    t('import.cancel'),
  );
  const buttons = el('div', { class: 'import-buttons' }, pauseButton, cancelButton);
  const note = el('p', { class: 'field-hint' }, t('import.keep'));
  const node = el('section', { class: 'card import' }, title, bar, amount, skipped, errorText, buttons, note);

  function show({ stored, total, skippedFiles, isWaiting }: ImportState): void {
    bar.value = stored;
    const params = { stored: number.format(stored), total: number.format(total) };
    setText(
      amount,
      isWaiting ? `${t('import.waiting')} · ${t('import.progress', params)}` : t('import.progress', params),
    );
    setText(skipped, skippedFiles > 0 ? t('import.skipped', { n: skippedFiles }) : '');
  }

  async function start(): Promise<void> {
    const controller = new AbortController();
    running = controller;
    setText(errorText, '');
    setText(title, t('import.running'));
    setText(pauseButton, t('import.pause'));
    try {
      await uploadImport(input, { http, clock, signal: controller.signal, onState: show });
      running = undefined;
      onDone();
      showDone();
    } catch (thrown) {
      if (controller.signal.aborted) return;
      running = undefined;
      setText(pauseButton, t('import.resume'));
      showError(errorText, i18n, thrown);
    }
  }

  function pause(): void {
    running?.abort();
    running = undefined;
    setText(title, t('import.paused'));
    setText(pauseButton, t('import.resume'));
  }

  function toggle(): void {
    if (running) pause();
    else void start();
  }

  function showDone(): void {
    const { conversationId } = input;
    setText(title, t('import.done'));
    for (const one of [bar, pauseButton, cancelButton, note]) one.hidden = true;
    const open = el(
      'a',
      { class: 'button button-main', href: hashOf({ name: 'chat', conversationId }) },
      t('import.openArchive'),
    );
    buttons.append(open);
    const about = el('p', {}, t('import.doneLead'));
    buttons.before(about);
    node.append(mountShareArchive(ui, input));
    title.focus();
  }

  return { node, start: () => void start(), close: () => running?.abort() };
}
