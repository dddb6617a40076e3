import type { I18n } from '../i18n/i18n.ts';
import { el } from './el.ts';

/** Asks in a native dialog, which keeps and returns the focus itself; false when it is dismissed in any way. */
export function confirm(
  i18n: I18n,
  { title, lead = '', yes }: { title: string; lead?: string; yes: string },
): Promise<boolean> {
  let agreed = false;
  const cancel = el(
    'button',
    { type: 'button', class: 'button', autofocus: true, on: { click: () => dialog.close() } },
    i18n.t('dialog.cancel'),
  );
  const agree = el(
    'button',
    {
      type: 'button',
      class: 'button button-danger',
      on: {
        click: () => {
          agreed = true;
          dialog.close();
        },
      },
    },
    yes,
  );
  const dialog = el(
    'dialog',
    { class: 'dialog', 'aria-labelledby': 'dialog-title' },
    el('h2', { id: 'dialog-title' }, title),
    lead ? el('p', {}, lead) : undefined,
    el('div', { class: 'dialog-choices' }, cancel, agree),
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(agreed);
    });
  });
}
