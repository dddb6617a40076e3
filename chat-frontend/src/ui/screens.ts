import type { Route } from '../router.ts';
import { mountWelcome } from './chats/chats.ts';
import { mountConversation } from './conversation/conversation.ts';
import { lazyEntry, lazyGroups, lazyLogin, lazyPanels, lazySearch } from './lazy.ts';
import { lazyAttachments } from './lazy-content.ts';
import { mountLazyScreen } from './lazy-screen.ts';
import type { Screen, Ui } from './ui.ts';

/** The screen of a route; `expired`: the login screen is shown because the session has ended. */
export function mountScreen(ui: Ui, route: Route, expired: boolean): Screen {
  const title = pageTitle(route, ui.i18n.t);
  switch (route.name) {
    case 'login':
      return mountLazyScreen(ui, lazyLogin, title, ({ mountLogin }) =>
        mountLogin(
          ui,
          { ...route, name: 'login' },
          expired ? ui.i18n.t('session.ended') : '',
          lazyEntry.load,
        ),
      );
    case 'register':
      return mountLazyScreen(ui, lazyEntry, title, ({ mountRegister }) =>
        mountRegister(ui, { ...route, name: 'register' }),
      );
    case 'reset':
      return mountLazyScreen(ui, lazyEntry, title, ({ mountReset }) =>
        mountReset(ui, { ...route, name: 'reset' }),
      );
    case 'invite':
    case 'oidc':
      return mountLazyScreen(ui, lazyEntry, title, ({ mountCode }) => mountCode(ui, route));
    case 'group':
    case 'group-info':
    case 'new-group':
      return mountLazyScreen(ui, lazyGroups, title, ({ mountGroupScreen }) => mountGroupScreen(ui, route));
    case 'media':
      return mountLazyScreen(ui, lazyAttachments, title, ({ mountMediaPage }) => mountMediaPage(ui, route));
    case 'search':
      return mountLazyScreen(ui, lazySearch, title, ({ mountSearch }) =>
        mountSearch(ui, route.conversationId),
      );
    case 'chats':
      return mountWelcome(ui);
    case 'chat':
      return mountConversation(ui, route.conversationId);
    default:
      return mountLazyScreen(ui, lazyPanels, title, ({ mountPanel }) => mountPanel(ui, route));
  }
}

/** The routes whose title has another key than their name, or that have none. */
const TITLES = {
  chats: '',
  chat: '',
  media: '',
  search: '',
  oidc: '',
  group: 'invite',
  'group-info': 'group',
  'new-group': 'newGroup',
  'add-friend': 'friend',
  add: 'friend',
  notifications: 'push',
} as const satisfies Partial<Record<Route['name'], string>>;
type Retitled = keyof typeof TITLES;

/** The title of a route in the browser's tab. */
export function pageTitle({ name }: Route, t: Ui['i18n']['t']): string {
  const key = name in TITLES ? TITLES[name as Retitled] : (name as Exclude<typeof name, Retitled>);
  return key && t(`${key}.title`);
}
