import type { SetExpiry } from '../../../../chat-core/src/wire/wire.ts';
import type { Chat } from '../../state/chat.ts';
import { chatTitle } from '../../state/selectors.ts';
import { confirmAndRun } from '../confirm-and-run.ts';
import { expiryLabel } from '../conversation/expiry-label.ts';
import { choose } from '../dialog.ts';
import { el } from '../el.ts';
import type { Ui } from '../ui.ts';

type After = SetExpiry['after'];
const CHOICES: readonly After[] = [0, 86_400, 604_800, 7_776_000];

/** Asks after how long new messages of a conversation expire, and sets it. */
export async function chooseExpiry(ui: Ui, chat: Chat): Promise<void> {
  const { t } = ui.i18n;
  const now = chat.expireAfterS ?? 0;
  let chosen: After = CHOICES.find((one) => one === now) ?? 0;
  const radios = CHOICES.map((after) => {
    const change = () => {
      chosen = after;
    };
    const radio = el('input', { type: 'radio', name: 'expiry', checked: after === chosen, on: { change } });
    return el('label', { class: 'choice' }, radio, after === 0 ? t('expiry.off') : expiryLabel(t, after));
  });
  const { retentionDays } = ui.state().serverInfo ?? {};
  const note = retentionDays
    ? el('p', { class: 'field-hint' }, t('expiry.box', { n: retentionDays }))
    : undefined;
  const agreed = await choose(ui.i18n, {
    title: t('expiry.title'),
    lead: t('expiry.lead', { name: chatTitle(ui.state(), chat) }),
    body: el(
      'div',
      {},
      el('fieldset', { class: 'choices choices-down', 'aria-label': t('expiry.title') }, ...radios),
      note,
    ),
    choices: [{ label: t('expiry.save'), value: true }],
  });
  if (!agreed || chosen === now) return;
  const done = chosen === 0 ? t('expiry.offDone') : t('expiry.done', { after: expiryLabel(t, chosen) });
  await confirmAndRun(ui, undefined, () => ui.actions.setExpiry(chat.id, chosen), done);
}
