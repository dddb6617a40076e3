/** What a key does wherever one is in the page. */
export type Shortcut =
  | 'find'
  | 'help'
  | 'previous'
  | 'next'
  | 'unread'
  | 'readAll'
  | 'add'
  | 'nextPart'
  | 'previousPart'
  | 'back';

type Pressed = Pick<KeyboardEvent, 'key' | 'code' | 'altKey' | 'ctrlKey' | 'metaKey' | 'shiftKey'>;
/** Whether keys write where the focus is, and whether single ones may act elsewhere. */
type Where = { writing: boolean; single: boolean };

/** By the place of the key: with Alt a Mac writes other letters. */
const WITH_ALT: Record<string, Shortcut> = {
  ArrowUp: 'previous',
  ArrowDown: 'next',
  KeyA: 'unread',
  KeyH: 'readAll',
  KeyN: 'add',
};
const SINGLE: Record<string, Shortcut> = { '/': 'find', '?': 'help' };

/** The shortcut of a key that was pressed, if it is one there. */
export function shortcutOf(pressed: Pressed, { writing, single }: Where): Shortcut | undefined {
  const { key, code, altKey, ctrlKey, metaKey, shiftKey } = pressed;
  if (ctrlKey || metaKey) {
    const isFind = key.toLowerCase() === 'k' && !altKey && !shiftKey && ctrlKey !== metaKey;
    return isFind ? 'find' : undefined;
  }
  if (altKey) return shiftKey ? undefined : WITH_ALT[code];
  if (key === 'F6') return shiftKey ? 'previousPart' : 'nextPart';
  if (key === 'Escape') return 'back';
  return writing || !single ? undefined : SINGLE[key];
}
