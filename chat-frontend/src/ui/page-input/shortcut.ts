/** A keyboard shortcut of the whole page. */
export type Shortcut =
  | 'find'
  | 'findInChat'
  | 'help'
  | 'previous'
  | 'next'
  | 'unread'
  | 'readAll'
  | 'add'
  | 'nextRegion'
  | 'previousRegion'
  | 'back';

type Pressed = Pick<KeyboardEvent, 'key' | 'code' | 'altKey' | 'ctrlKey' | 'metaKey' | 'shiftKey'> & {
  /** AltGr, the third level of a keyboard: a key writes a character with it, whatever other modifiers are down. */
  altGraph?: boolean;
};
/** Whether the focus is in a text field, whether single keys are shortcuts, and whether it is an Apple keyboard. */
type Context = { writing: boolean; single: boolean; apple?: boolean };

/** An Apple keyboard has Command in place of Ctrl, and Option, which writes characters, in place of Alt. */
export const isApple = /mac|iphone|ipad/i.test(navigator.userAgent);

const WITH_ALT: Record<string, Shortcut> = {
  ArrowUp: 'previous',
  ArrowDown: 'next',
  a: 'unread',
  h: 'readAll',
  n: 'add',
};
const WITH_MAIN: Record<string, Shortcut> = { k: 'find', f: 'findInChat' };
const SINGLE: Record<string, Shortcut> = { '/': 'find', '?': 'help' };
const OTHER_SCRIPT = /^(?!\p{Script=Latin})\p{L}$/u;

/** The shortcut of a pressed key, if it is one in this context. */
export function shortcutOf(
  pressed: Pressed,
  { writing, single, apple = isApple }: Context,
): Shortcut | undefined {
  const { key, altKey, ctrlKey, metaKey, shiftKey, altGraph } = pressed;
  if (altGraph && (altKey || ctrlKey || metaKey)) return undefined;
  const isOtherScript = OTHER_SCRIPT.test(key);
  if (ctrlKey || metaKey) {
    // In every text field of a Mac, Ctrl+K deletes the rest of the line, and Ctrl+F moves the cursor.
    const isTaken = apple && ctrlKey && writing;
    const isMain = ctrlKey !== metaKey && !altKey && !shiftKey && !isTaken;
    return isMain ? WITH_MAIN[letterOf(pressed, isOtherScript)] : undefined;
  }
  if (altKey) {
    // On a Mac, Option writes characters (å, ń, ˙, a dead key); elsewhere Alt writes none in any script.
    const isByPosition = !writing || (isOtherScript && !apple);
    return shiftKey ? undefined : WITH_ALT[letterOf(pressed, isByPosition)];
  }
  if (key === 'F6') return shiftKey ? 'previousRegion' : 'nextRegion';
  if (key === 'Escape') return 'back';
  return writing || !single ? undefined : SINGLE[key];
}

/** The Latin letter of a key or, with `isByPosition`, the letter at its position on a QWERTY keyboard. */
function letterOf({ key, code }: Pressed, isByPosition: boolean): string {
  if (/^[a-z]$/i.test(key)) return key.toLowerCase();
  const [, letter = ''] = (isByPosition && /^Key([A-Z])$/.exec(code)) || [];
  return letter.toLowerCase() || key;
}
