import { mountNotifications } from '../pwa/notifications.ts';
import type { Route } from '../router.ts';
import { mountAddFriend } from './add-friend.ts';
import { mountAppearance } from './appearance.ts';
import { mountBlocked } from './blocked.ts';
import { mountContact } from './contact.ts';
import { mountDataUse } from './data-use.ts';
import { mountInvites } from './invites.ts';
import { mountPassword } from './password.ts';
import { mountPrivacy } from './privacy.ts';
import { mountProfile } from './profile.ts';
import { mountRequests } from './requests.ts';
import { mountSettings } from './settings.ts';
import type { Screen, Ui } from './ui.ts';

/** The part of the page beside the conversations. */
export function mountPanel(ui: Ui, route: Route): Screen {
  switch (route.name) {
    case 'add':
      return mountAddFriend(ui, route.username);
    case 'add-friend':
      return mountAddFriend(ui);
    case 'contact':
      return mountContact(ui, route.userId);
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
    case 'appearance':
      return mountAppearance(ui);
    case 'data':
      return mountDataUse(ui);
    case 'notifications':
      return mountNotifications(ui);
    default:
      return mountSettings(ui);
  }
}
