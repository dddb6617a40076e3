import type { Id, ReportReason } from '../../../../chat-core/src/wire/wire.ts';
import { nameOf } from '../../state/selectors.ts';
import { choose } from '../choice-dialog.ts';
import { confirmAndRun } from '../confirm-and-run.ts';
import { el } from '../el.ts';
import type { Ui } from '../ui.ts';

const REASONS = ['spam', 'abuse', 'other'] as const;

/** Tells the owner of the box about somebody, and why. */
export async function report(ui: Ui, userId: Id): Promise<void> {
  const { t } = ui.i18n;
  const params = { name: nameOf(ui.state().people[userId]) };
  let reason: ReportReason = 'spam';
  const reasons = REASONS.map((value) => {
    const choose = () => {
      reason = value;
    };
    const radio = el('input', {
      type: 'radio',
      name: 'reason',
      value,
      checked: value === reason,
      on: { change: choose },
    });
    return el('label', { class: 'choice' }, radio, t(`report.${value}`));
  });
  const agreed = await choose(ui.i18n, {
    title: t('report.title', params),
    lead: t('report.lead', params),
    body: el('fieldset', { class: 'choices choices-down', 'aria-label': t('report.why') }, ...reasons),
    choices: [{ label: t('contact.report'), value: true, danger: true }],
  });
  if (agreed)
    await confirmAndRun(ui, undefined, () => ui.actions.report({ userId, reason }), t('report.done'));
}
