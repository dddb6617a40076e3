import type { Route } from '../router.ts';
import { mountStarred } from './chats/starred.ts';
import { mountLazyScreen } from './lazy-screen.ts';
import { lazyImport, lazyOwner } from './lazy-with-own-texts.ts';
import { mountAddFriend } from './people/add-friend.ts';
import { mountBlocked } from './people/blocked.ts';
import { mountContact } from './people/contact.ts';
import { mountInvites } from './people/invites.ts';
import { mountRequests } from './people/requests.ts';
import { mountSecurity } from './security/security.ts';
import { mountAppearance } from './settings/appearance.ts';
import { mountDataUse } from './settings/data-use.ts';
import { mountNotifications } from './settings/notifications.ts';
import { mountPassword } from './settings/password.ts';
import { mountPrivacy } from './settings/privacy.ts';
import { mountProfile } from './settings/profile.ts';
import { mountSettings } from './settings/settings.ts';
import type { Screen, Ui } from './ui.ts';

/** Mounts the panel of a route: settings, people, and the owner's pages. */
export function mountPanel(ui: Ui, route: Route): Screen {
  switch (route.name) {
    case 'add':
      return mountAddFriend(ui, route.username);
    case 'add-friend':
      return mountAddFriend(ui);
    case 'contact':
      return mountContact(ui, route.userId);
    case 'starred':
      return mountStarred(ui);
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
    case 'security':
      return mountSecurity(ui);
    case 'appearance':
      return mountAppearance(ui);
    case 'data':
      return mountDataUse(ui);
    case 'notifications':
      return mountNotifications(ui);
    case 'import':
      return mountLazyScreen(ui, lazyImport(ui.i18n.language), ui.i18n.t('import.title'), (part) =>
        part.mountImport(ui),
      );
    case 'owner':
      return mountLazyScreen(ui, lazyOwner(ui.i18n.language), ui.i18n.t('owner.title'), (part) =>
        part.mountOwner(ui, route.page),
      );
    default:
      return mountSettings(ui);
  }
}
