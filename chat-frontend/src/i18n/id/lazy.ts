import { idChats } from './chats.ts';
import { idConversation } from './conversation.ts';
import { idEntry } from './entry.ts';
import { idErrors } from './errors.ts';
import { idGroups } from './groups.ts';
import { idPage } from './page.ts';
import { idPeople } from './people.ts';
import { idPolls } from './polls.ts';
import { idSearch } from './search.ts';
import { idSecurity } from './security.ts';
import { idSettings } from './settings.ts';

/** The wording of the screens that are loaded on demand, in one request; a source per screen. */
export const idLazy = {
  ...idEntry,
  ...idSettings,
  ...idSecurity,
  ...idPeople,
  ...idGroups,
  ...idChats,
  ...idConversation,
  ...idPage,
  ...idPolls,
  ...idSearch,
  ...idErrors,
};
