import { enChats } from './chats.ts';
import { enConversation } from './conversation.ts';
import { enEntry } from './entry.ts';
import { enErrors } from './errors.ts';
import { enGroups } from './groups.ts';
import { enPage } from './page.ts';
import { enPeople } from './people.ts';
import { enPolls } from './polls.ts';
import { enSearch } from './search.ts';
import { enSecurity } from './security.ts';
import { enSettings } from './settings.ts';

export const enLazy = {
  ...enEntry,
  ...enSettings,
  ...enSecurity,
  ...enPeople,
  ...enGroups,
  ...enChats,
  ...enConversation,
  ...enPage,
  ...enPolls,
  ...enSearch,
  ...enErrors,
};
