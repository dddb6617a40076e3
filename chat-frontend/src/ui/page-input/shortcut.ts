/** A keyboard shortcut of the whole page. */
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

type Pressed = Pick<KeyboardEvent, 'key' | 'code' | 'altKey' | 'ctrlKey' | 'metaKey' | 'shiftKey'> & {
  /** The third level of a keyboard: with it a key writes a character, whatever other modifiers are down. */
  altGraph?: boolean;
};
/** Whether the focus is in a text field, whether single keys are shortcuts, and whether it is an Apple keyboard. */
type Context = { writing: boolean; single: boolean; apple?: boolean };

/** Apple's Command key stands where others have Ctrl, and its Option key writes letters where others have Alt. */
export const isApple = /mac|iphone|ipad/i.test(navigator.userAgent);

const WITH_ALT: Record<string, Shortcut> = {
  ArrowUp: 'previous',
  ArrowDown: 'next',
  a: 'unread',
  h: 'readAll',
  n: 'add',
};
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
    // In every text field of a Mac, Ctrl+K deletes the rest of the line.
    const isTaken = apple && ctrlKey && writing;
    const isMain = ctrlKey !== metaKey && !altKey && !shiftKey && !isTaken;
    return isMain && letterOf(pressed, isOtherScript) === 'k' ? 'find' : undefined;
  }
  if (altKey) {
    // On a Mac, Option writes characters (å, ń, ˙, a dead key); elsewhere Alt writes none in any script.
    const isByPlace = !writing || (isOtherScript && !apple);
    return shiftKey ? undefined : WITH_ALT[letterOf(pressed, isByPlace)];
  }
  if (key === 'F6') return shiftKey ? 'previousPart' : 'nextPart';
  if (key === 'Escape') return 'back';
  return writing || !single ? undefined : SINGLE[key];
}

/** The Latin letter of a key or, with `isByPlace`, the letter at its place on a QWERTY keyboard. */
function letterOf({ key, code }: Pressed, isByPlace: boolean): string {
  if (/^[a-z]$/i.test(key)) return key.toLowerCase();
  const [, letter = ''] = (isByPlace && /^Key([A-Z])$/.exec(code)) || [];
  return letter.toLowerCase() || key;
}
