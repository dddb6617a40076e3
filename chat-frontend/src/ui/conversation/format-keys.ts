const MARKS: Record<string, string> = { b: '*', i: '_' };
const MARKS_WITH_SHIFT: Record<string, string> = { x: '~', c: '`' };

/**
 * Ctrl or ⌘ with B, I, Shift+X or Shift+C writes the marks of bold, italic, struck or code around the selection of an input,
 * or removes them. The browser's undo takes them back. Returns whether the key was one of these.
 */
export function writeMark(
  { key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent,
  input: HTMLTextAreaElement,
) {
  const mark = (shiftKey ? MARKS_WITH_SHIFT : MARKS)[key.toLowerCase()];
  if (!mark || altKey || ctrlKey === metaKey) return false;
  const { value, selectionStart, selectionEnd } = input;
  const selected = value.slice(selectionStart, selectionEnd);
  // A mark beside a space is none.
  const inner = selected.trim();
  const start = selectionStart + selected.indexOf(inner);
  const end = start + inner.length;
  const isMarked = inner !== '' && value[start - 1] === mark && value[end] === mark;
  const around = isMarked ? 1 : 0;
  input.setSelectionRange(start - around, end + around);
  const text = isMarked ? inner : `${mark}${inner}${mark}`;
  // Deprecated, and the only way whose result the browser's undo knows.
  if (!document.execCommand('insertText', false, text)) input.setRangeText(text);
  const from = start - around + (isMarked ? 0 : 1);
  input.setSelectionRange(from, from + inner.length);
  input.dispatchEvent(new Event('input', { bubbles: true }));
  return true;
}
