import type { Key } from '../i18n/id.ts';
import { mountNotifications } from '../pwa/notifications.ts';
import type { Route } from '../router.ts';
import { mountAddFriend } from './add-friend.ts';
import { mountBlocked } from './blocked.ts';
import { mountContact } from './contact.ts';
import { mountConversation } from './conversation.ts';
import { mountLogin, mountRegister, mountReset } from './entry.ts';
import { mountInvite } from './invite.ts';
import { mountInvites } from './invites.ts';
import { mountPassword } from './password.ts';
import { mountPrivacy } from './privacy.ts';
import { mountProfile } from './profile.ts';
import { mountRequests } from './requests.ts';
import { mountSettings } from './settings.ts';
import type { Screen, Ui } from './ui.ts';
import { mountWelcome } from './welcome.ts';

/** The screen of a page; `expired`: the visitor is here because their session has ended. */
export function mountScreen(ui: Ui, route: Route, expired: boolean): Screen {
  switch (route.name) {
    case 'login':
      return mountLogin(ui, { ...route, name: 'login' }, expired ? ui.i18n.t('session.ended') : '');
    case 'register':
      return mountRegister(ui, { ...route, name: 'register' });
    case 'reset':
      return mountReset(ui, { ...route, name: 'reset' });
    case 'invite':
      return mountInvite(ui, route.code);
    case 'chats':
      return mountWelcome(ui);
    case 'chat':
      return mountConversation(ui, route.conversationId);
    case 'contact':
      return mountContact(ui, route.userId);
    case 'add-friend':
      return mountAddFriend(ui);
    case 'requests':
      return mountRequests(ui);
    case 'invites':
      return mountInvites(ui);
    case 'profile':
      return mountProfile(ui);
    case 'privacy':
      return mountPrivacy(ui);
    case 'blocked':
      return mountBlocked(ui);
    case 'password':
      return mountPassword(ui);
    case 'notifications':
      return mountNotifications(ui);
    case 'settings':
      return mountSettings(ui);
  }
}

const TITLES: Partial<Record<Route['name'], Key>> = {
  login: 'login.title',
  register: 'register.title',
  reset: 'reset.title',
  invite: 'invite.title',
  contact: 'contact.title',
  'add-friend': 'friend.title',
  requests: 'requests.title',
  invites: 'invites.title',
  profile: 'profile.title',
  privacy: 'privacy.title',
  blocked: 'blocked.title',
  password: 'password.title',
  notifications: 'push.title',
  settings: 'settings.title',
};

/** What the browser's tab says of a page. */
export function pageTitle(route: Route, t: Ui['i18n']['t']): string {
  const key = TITLES[route.name];
  return key ? t(key) : '';
}
