import type { InviterAnswer } from '../../../../chat-core/src/wire/wire.ts';
import { hashOf } from '../../router.ts';
import { chatWith } from '../../state/selectors.ts';
import { confirmAndRun } from '../confirm-and-run.ts';
import { el, setText } from '../el.ts';
import { showError } from '../error-message.ts';
import { panel } from '../panel.ts';
import type { Screen, Ui } from '../ui.ts';
import { entryAlternative, entryPage } from './entry-page.ts';

/** The page of an invitation link: who invites, and how a member accepts or a new person registers. */
export function mountInvite(ui: Ui, code: string): Screen {
  const { i18n, actions, http, state } = ui;
  const { t } = i18n;
  const member = state().me;
  const lead = el('p', { class: 'invite-lead', role: 'status', 'aria-busy': 'true' }, t('form.busy'));
  const accept = el(
    'button',
    { type: 'button', class: 'button button-main', hidden: true, on: { click: () => void onAccept() } },
    t('invite.accept'),
  );
  const invites = el(
    'a',
    { class: 'button', hidden: true, href: hashOf({ name: 'invites' }) },
    t('invites.title'),
  );
  const register = el(
    'a',
    { class: 'button button-main', hidden: true, href: hashOf({ name: 'register', invite: code }) },
    t('register.title'),
  );
  const title = t('invite.title');
  const node = member
    ? panel(i18n, { title }, lead, accept, invites)
    : entryPage(
        ui,
        { title },
        lead,
        el('div', { class: 'form' }, register),
        entryAlternative(
          t('register.haveAccount'),
          t('login.submit'),
          hashOf({ name: 'login', next: hashOf({ name: 'invite', code }) }),
        ),
      );
  let inviter = '';

  async function load(): Promise<void> {
    try {
      const { by = '' } = await http.post<InviterAnswer>('/invites/look', { code });
      inviter = by;
      const isOwn = by !== '' && by === member?.username;
      accept.hidden = isOwn || by === '';
      invites.hidden = !isOwn;
      register.hidden = false;
      setText(lead, isOwn ? t('invite.own') : by ? t('invite.by', { name: by }) : t('invite.byBox'));
    } catch (thrown) {
      showError(lead, i18n, thrown);
    }
    lead.removeAttribute('aria-busy');
  }

  async function onAccept(): Promise<void> {
    if (!(await confirmAndRun(ui, undefined, () => actions.acceptInvite(code)))) return;
    const now = state();
    const friend = now.friends.find(({ username }) => username === inviter);
    const chat = friend && chatWith(now, friend.id);
    actions.go(chat ? { name: 'chat', conversationId: chat.id } : { name: 'chats' });
  }

  void load();
  return { node, update: () => undefined, focus: () => node.querySelector('h1')?.focus() };
}
