import type { Id, MessageReceipts } from '../../../../chat-core/src/wire/wire.ts';
import type { MessageRef } from '../../api/api.ts';
import { createGroupApi } from '../../api/groups.ts';
import { nameById } from '../../state/selectors.ts';
import { choose } from '../dialog.ts';
import { bdi, el } from '../el.ts';
import { showError } from '../error-message.ts';
import { icon } from '../icons.ts';
import { avatar, updateAvatar } from '../person.ts';
import type { Ui } from '../ui.ts';

type Stage = 'read' | 'delivered' | 'waiting';
const STAGES: Stage[] = ['read', 'delivered', 'waiting'];
const ICONS = { read: 'checks', delivered: 'checks', waiting: 'clock' } as const;

const stageOf = ({ read, delivered }: MessageReceipts['receipts'][number]): Stage =>
  read ? 'read' : delivered ? 'delivered' : 'waiting';

/** Shows who received and who read a message of a group, as far as they let others know. */
export async function showMessageInfo(ui: Ui, ref: MessageRef): Promise<void> {
  const { i18n, http } = ui;
  const { t } = i18n;
  const status = el('p', { role: 'status' }, t('form.busy'));
  const body = el('div', { class: 'message-info', tabindex: -1, 'aria-busy': 'true' }, status);

  function show({ receipts }: MessageReceipts): void {
    const groups = STAGES.map((stage) => ({
      stage,
      receipts: receipts.filter((one) => stageOf(one) === stage),
    }));
    body.replaceChildren(
      ...groups.filter((one) => one.receipts.length > 0).map((one) => section(one.stage, one.receipts)),
      el('p', { class: 'field-hint' }, t(receipts.length > 0 ? 'messageInfo.hint' : 'messageInfo.empty')),
    );
  }

  function section(stage: Stage, receipts: MessageReceipts['receipts']): HTMLElement {
    return el(
      'section',
      {},
      el('h3', { 'data-tick': stage }, icon(ICONS[stage]), t(`messageInfo.${stage}`, { n: receipts.length })),
      el('ul', {}, ...receipts.map(({ userId }) => row(userId))),
    );
  }

  function row(userId: Id): HTMLElement {
    const state = ui.state();
    const person = state.people[userId];
    const picture = avatar('avatar-small');
    updateAvatar(picture, person, ui.actions.picture(person));
    return el('li', { class: 'message-info-row' }, picture, bdi(nameById(state, userId)));
  }

  createGroupApi(http)
    .receipts(ref)
    .then(show, (thrown: unknown) => showError(status, i18n, thrown))
    .finally(() => body.removeAttribute('aria-busy'));
  await choose(i18n, { title: t('bubble.info'), body, choices: [], cancel: t('dialog.close') });
}
