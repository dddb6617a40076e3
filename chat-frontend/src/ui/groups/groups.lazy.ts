import '../../styles/pick-row.css';
import '../../styles/groups.css';
import type { Route } from '../../router.ts';
import type { Screen, Ui } from '../ui.ts';
import { mountAddMembers } from './add-members.ts';
import { mountGroupInfo } from './group-info.ts';
import { mountGroupLinks } from './group-links.ts';
import { mountGroupSettings } from './group-settings.ts';
import { mountJoinGroup } from './join-group.ts';
import { mountNewGroup } from './new-group.ts';

export { mountMentions } from './mentions.ts';
export { showMessageInfo } from './message-info.ts';

/** Mounts the screen of a route of groups. */
export function mountGroupScreen(ui: Ui, route: Route): Screen {
  if (route.name === 'group') return mountJoinGroup(ui, route.code);
  if (route.name !== 'group-info') return mountNewGroup(ui);
  const { conversationId, page } = route;
  switch (page) {
    case 'add':
      return mountAddMembers(ui, conversationId);
    case 'links':
      return mountGroupLinks(ui, conversationId);
    case 'settings':
      return mountGroupSettings(ui, conversationId);
    default:
      return mountGroupInfo(ui, conversationId);
  }
}
