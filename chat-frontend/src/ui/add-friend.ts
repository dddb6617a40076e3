import { bdi, el } from './el.ts';
import { mountForm } from './form.ts';
import { panel } from './panel.ts';
import type { Screen, Ui } from './ui.ts';

/** Adds a friend by username and opens the conversation with them. */
export function mountAddFriend({ i18n, actions, state }: Ui): Screen {
  const { t } = i18n;
  const done = el('p', { class: 'panel-done', role: 'status' });
  const form = mountForm(i18n, {
    fields: [{ name: 'friend', label: 'friend.username', autocomplete: 'off' }],
    submit: 'friend.submit',
    blames: {
      NO_SUCH_USER: 'friend',
      SELF_FRIEND: 'friend',
      ALREADY_FRIENDS: 'friend',
      INVALID_USERNAME: 'friend',
    },
    async send({ friend = '' }) {
      const name = friend.trim();
      const conversationId = await actions.addFriend(name);
      done.textContent = t('friend.added', { name });
      form.clear();
      if (conversationId) actions.go({ name: 'chat', conversationId });
    },
  });
  const [before = '', after = ''] = t('friend.yours', { name: '\0' }).split('\0');
  const node = panel(
    i18n,
    t('friend.title'),
    el('p', { class: 'panel-lead' }, t('friend.lead')),
    form.node,
    done,
    el('p', { class: 'panel-aside' }, before, bdi(state().me?.username ?? '', 'panel-name'), after),
  );
  return { node, update: () => undefined, focus: form.focus };
}
