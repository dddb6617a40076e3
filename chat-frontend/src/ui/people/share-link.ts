import type { Key } from '../../i18n/language.ts';
import { copyText } from '../clipboard.ts';
import { el } from '../el.ts';
import type { Ui } from '../ui.ts';
import { qrCode } from './qr.ts';

/** A link to hand on: to read, to copy, to share where the system can, and to scan. `text` goes along when it is shared. */
export function mountShareLink({ i18n: { t }, notify }: Ui, words: { label: string; text: Key }) {
  const link = el('input', { class: 'invite-link', readonly: true, 'aria-label': words.label });
  const copy = el('button', { type: 'button', class: 'button', on: { click: onCopy } }, t('bubble.copy'));
  const share = el(
    'button',
    { type: 'button', class: 'button', hidden: !('share' in navigator), on: { click: onShare } },
    t('invites.share'),
  );
  const code = el('div', { class: 'qr-box' });
  const node = el('div', { class: 'share' }, link, el('div', { class: 'invite-buttons' }, copy, share), code);

  async function onCopy(): Promise<void> {
    notify(t((await copyText(link.value)) ? 'own.copied' : 'notice.notCopied'));
  }

  /** Whoever closes the sheet of the system has not failed. */
  async function onShare(): Promise<void> {
    await navigator.share({ text: t(words.text), url: link.value }).catch(() => undefined);
  }

  return {
    node,
    show(value: string): void {
      if (value === link.value) return;
      link.value = value;
      code.replaceChildren(qrCode(value, t('qr.label', { link: value })));
    },
    /** Marks it, ready to be copied. */
    select(): void {
      link.focus();
      link.select();
    },
  };
}
