import type { Key } from '../../i18n/language.ts';
import { copyText } from '../clipboard.ts';
import { el } from '../el.ts';
import type { Ui } from '../ui.ts';
import { qrCode } from './qr.ts';

/** A link to share: to copy, by the share sheet of the system, or as a QR code. `text` goes along in the share sheet. */
export function mountShareLink({ i18n: { t }, notify }: Ui, { label, text }: { label: string; text: Key }) {
  const link = el('input', { class: 'invite-link', readonly: true, 'aria-label': label });
  const copy = el('button', { type: 'button', class: 'button', on: { click: onCopy } }, t('bubble.copy'));
  const share = el(
    'button',
    { type: 'button', class: 'button', hidden: !('share' in navigator), on: { click: onShare } },
    t('invites.share'),
  );
  const code = el('div', { class: 'qr-box' });
  const node = el('div', { class: 'share' }, link, el('div', { class: 'invite-buttons' }, copy, share), code);

  async function onCopy(): Promise<void> {
    notify(t((await copyText(link.value)) ? 'own.copied' : 'toast.notCopied'));
  }

  /** A closed share sheet rejects, which is no error. */
  async function onShare(): Promise<void> {
    await navigator.share({ text: t(text), url: link.value }).catch(() => undefined);
  }

  return {
    node,
    show(value: string): void {
      if (value === link.value) return;
      link.value = value;
      code.replaceChildren(qrCode(value, t('qr.label', { link: value })));
    },
    /** Selects the text of the link. */
    select(): void {
      link.focus();
      link.select();
    },
  };
}
