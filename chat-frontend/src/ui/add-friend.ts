import { hashOf } from '../router.ts';
import type { State } from '../state.ts';
import { nameOf } from '../views.ts';
import { linkAction } from './action.ts';
import { bdi, el, setText } from './el.ts';
import { mountForm } from './form.ts';
import { panel } from './panel.ts';
import type { Screen, Ui } from './ui.ts';

/** Adds a friend by username and opens the conversation with them, or asks them where the box wants that. */
export function mountAddFriend({ i18n, actions, state }: Ui): Screen {
  const { t } = i18n;
  const lead = el('p', { class: 'panel-lead' });
  const done = el('p', { class: 'panel-done', role: 'status' });
  const form = mountForm(i18n, {
    fields: [{ name: 'friend', label: 'friend.username', autocomplete: 'off' }],
    submit: 'friend.submit',
    blames: {
      NO_SUCH_USER: 'friend',
      SELF_FRIEND: 'friend',
      ALREADY_FRIENDS: 'friend',
      ALREADY_ASKED: 'friend',
      INVALID_USERNAME: 'friend',
    },
    async send({ friend = '' }) {
      setText(done, '');
      const added = await actions.addFriend(friend.trim());
      form.clear();
      if ('requested' in added) {
        setText(done, t('friend.requested', { name: nameOf(added.requested) }));
        return;
      }
      setText(done, t('friend.added', { name: nameOf(added.contact) }));
      const { conversationId } = added;
      if (conversationId) actions.go({ name: 'chat', conversationId });
    },
  });
  const requests = el('span', {});
  const [before = '', after = ''] = t('friend.yours', { name: '\0' }).split('\0');
  const node = panel(
    i18n,
    { title: t('friend.title') },
    lead,
    form.node,
    done,
    el('p', { class: 'panel-aside' }, before, bdi(state().me?.username ?? '', 'panel-name'), after),
    el(
      'div',
      { class: 'card card-actions' },
      linkAction('people', requests, hashOf({ name: 'requests' })),
      linkAction('link', t('invites.title'), hashOf({ name: 'invites' })),
    ),
  );

  function update({ box, requests: { incoming } }: State): void {
    setText(lead, t(box?.friendship === 'request' ? 'friend.leadRequest' : 'friend.lead'));
    setText(requests, t('requests.link', { n: incoming.length }));
  }

  return { node, update, focus: form.focus };
}
