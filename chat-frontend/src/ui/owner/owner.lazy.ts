import '../../styles/owner.css';
import { createOwnerApi } from '../../api/owner.ts';
import { el } from '../el.ts';
import type { Screen, Ui } from '../ui.ts';
import { mountAudit } from './audit.ts';
import { mountBackups } from './backups.ts';
import { mountBoxSettings } from './box-settings.ts';
import { mountClaim } from './claim.ts';
import { mountBox } from './home.ts';
import { isOwner } from './is-owner.ts';
import { mountPeople } from './people.ts';
import { mountPerson } from './person.ts';
import { mountReports } from './reports.ts';

/** Mounts a page of the owner; a person who is no owner sees the page that asks for the owner's code. */
export function mountOwner(ui: Ui, page: string): Screen {
  let wasOwner = isOwner(ui.state());
  let screen = wasOwner ? mountPage(ui, page) : mountClaim(ui);
  const node = el('div', { class: 'owner' }, screen.node);

  return {
    node,
    update(state): void {
      if (wasOwner !== isOwner(state)) {
        wasOwner = isOwner(state);
        screen.close?.();
        screen = wasOwner ? mountPage(ui, page) : mountClaim(ui);
        node.replaceChildren(screen.node);
        screen.focus();
      }
      screen.update(state);
    },
    focus: () => screen.focus(),
    close: () => screen.close?.(),
  };
}

function mountPage(ui: Ui, page: string): Screen {
  const api = createOwnerApi(ui.http);
  const [name, id] = page.split('/');
  switch (name) {
    case 'people':
      return id ? mountPerson(ui, api, id) : mountPeople(ui, api);
    case 'reports':
      return mountReports(ui, api);
    case 'settings':
      return mountBoxSettings(ui, api);
    case 'backups':
      return mountBackups(ui, api);
    case 'audit':
      return mountAudit(ui, api);
    default:
      return mountBox(ui, api);
  }
}
