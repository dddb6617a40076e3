import type { idSearch } from '../id/search.ts';
import type { Text } from '../text.ts';

/** Searching messages. */
export const enSearch: Record<keyof typeof idSearch, Text> = {
  'search.title': 'Search messages',
  'search.inChat': 'Search this chat',
  'search.messages': 'Messages',
  'search.busy': 'Searching…',
  'search.busyTo': 'Searching… back to {date} so far',
  'search.none': 'No messages match.',
  'search.found': { one: '{n} message found', other: '{n} messages found' },
  'search.local': { one: '{n} message found on this device', other: '{n} messages found on this device' },
  'search.more': 'Search older messages',
  'keys.findInChat': 'Search the open chat',
};
