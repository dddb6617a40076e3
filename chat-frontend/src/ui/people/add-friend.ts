import { hashOf } from '../../router.ts';
import { chatWith, nameOf } from '../../state/selectors.ts';
import type { State } from '../../state/state.ts';
import { buttonAction, linkAction } from '../card-rows.ts';
import { bdi, el, setText } from '../el.ts';
import { mountForm } from '../form/form.ts';
import { panel } from '../panel.ts';
import { invitationIn, ownLink, usernameIn } from '../share-links.ts';
import type { Screen, Ui } from '../ui.ts';
import { mountShareLink } from './share-link.ts';

/**
 * Adds a friend by username or link and opens the conversation, or sends a request where the server requires that. Also
 * shows one's own link. `whom`: the username in the add link that was followed.
 */
export function mountAddFriend(ui: Ui, whom = ''): Screen {
  const { i18n, actions, state } = ui;
  const { t } = i18n;
  const lead = el('p', { class: 'panel-lead' });
  const done = el('p', { class: 'panel-done', role: 'status' });
  const form = mountForm(i18n, {
    name: `add-friend ${whom}`,
    fields: [{ name: 'friend', label: 'friend.username', autocomplete: 'off', value: whom }],
    submit: 'friend.submit',
    errorFields: {
      NO_SUCH_USER: 'friend',
      SELF_FRIEND: 'friend',
      ALREADY_FRIENDS: 'friend',
      INVALID_USERNAME: 'friend',
    },
    async send({ friend = '' }) {
      setText(done, '');
      const invitation = invitationIn(friend);
      if (invitation) return actions.go(invitation);
      const added = await actions.addFriend(usernameIn(friend));
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
  const openNotes = () =>
    actions.openNotes().then((conversationId) => actions.go({ name: 'chat', conversationId }), ui.failed);
  const requests = el('span', {});
  const open = linkAction('chat', t('contact.write'), hashOf({ name: 'chats' }));
  const found = el('div', { class: 'card card-actions', hidden: true }, open);
  const own = mountShareLink(ui, { label: t('own.title'), text: 'own.shareText' });
  const [before = '', after = ''] = t('friend.yours', { name: '\0' }).split('\0');
  const node = panel(
    i18n,
    { title: t('friend.title') },
    lead,
    found,
    form.node,
    done,
    el(
      'div',
      { class: 'card card-actions' },
      buttonAction('edit', t('notes.title'), () => void openNotes()),
      linkAction('people', requests, hashOf({ name: 'requests' })),
      linkAction('link', t('invites.title'), hashOf({ name: 'invites' })),
    ),
    el(
      'section',
      { class: 'card own-link' },
      el('h2', {}, t('own.title')),
      el('p', { class: 'panel-note' }, before, bdi(state().me?.username ?? '', 'panel-name'), after),
      own.node,
      el('p', { class: 'field-hint' }, t('own.hint')),
    ),
  );

  function update(now: State): void {
    const { serverInfo, me, friends } = now;
    const friend = friends.find(({ username }) => username === whom);
    const chat = friend && chatWith(now, friend.id);
    const isOwn = whom !== '' && whom === me?.username;
    if (isOwn) setText(lead, t('own.self'));
    else if (friend) setText(lead, t('own.already', { name: nameOf(friend) }));
    else if (whom) setText(lead, t('own.whom', { name: whom }));
    else setText(lead, t(serverInfo?.friendship === 'request' ? 'friend.leadRequest' : 'friend.lead'));
    form.node.hidden = isOwn || friend !== undefined;
    found.hidden = !chat;
    if (chat) open.setAttribute('href', hashOf({ name: 'chat', conversationId: chat.id }));
    setText(requests, t('requests.link', { n: now.requests.incoming.length }));
    own.show(ownLink(me?.username ?? '', location));
  }

  /** After a link was followed, the heading is read first, and then whose link it is. */
  const focus = () => (whom ? node.querySelector('h1')?.focus() : form.focus());
  return { node, update, focus };
}
