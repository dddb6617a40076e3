import '../../styles/poll-dialog.css';
import type { Id, WhoVoted } from '../../../../chat-core/src/wire/wire.ts';
import type { MessageRef } from '../../api/api.ts';
import { nameById } from '../../state/selectors.ts';
import { choose } from '../dialog.ts';
import { bdi, el } from '../el.ts';
import { showError } from '../error-message.ts';
import { avatar, updateAvatar } from '../person.ts';
import type { Ui } from '../ui.ts';

/** Shows who chose each answer of a poll. */
export async function showWhoVoted(ui: Ui, { conversationId, seq }: MessageRef): Promise<void> {
  const { i18n, http } = ui;
  const { t } = i18n;
  const status = el('p', { role: 'status' }, t('form.busy'));
  const body = el('div', { class: 'who-voted', tabindex: -1, 'aria-busy': 'true' }, status);

  function show({ answers }: WhoVoted): void {
    const sections = answers.map(({ text, userIds }) =>
      el(
        'section',
        {},
        el('h3', {}, bdi(text), ` · ${t('poll.votes', { n: userIds.length })}`),
        el('ul', {}, ...userIds.map(person)),
      ),
    );
    body.replaceChildren(...sections);
  }

  function person(userId: Id): HTMLElement {
    const state = ui.state();
    const known = state.people[userId];
    const picture = avatar('avatar-small');
    updateAvatar(picture, known, ui.actions.picture(known));
    const name = userId === state.me?.id ? t('bubble.you') : nameById(state, userId);
    return el('li', { class: 'who-voted-row' }, picture, bdi(name || t('group.former')));
  }

  http
    .get<WhoVoted>(`/conversations/${conversationId}/messages/${seq}/votes`)
    .then(show, (thrown: unknown) => showError(status, i18n, thrown))
    .finally(() => body.removeAttribute('aria-busy'));
  await choose(i18n, { title: t('poll.who'), body, choices: [], cancel: t('dialog.close') });
}
