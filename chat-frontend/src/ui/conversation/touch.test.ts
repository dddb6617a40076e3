// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { onHold } from './touch.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

/** A message that opens a menu over itself when it is held, and what was chosen of that menu. */
function openPage() {
  const [message, item] = [document.createElement('p'), document.createElement('button')];
  document.body.append(message);
  let [opened, chosen] = [0, 0];
  item.addEventListener('click', () => {
    chosen += 1;
  });
  onHold(message, () => () => {
    opened += 1;
    document.body.append(item);
  });
  const point = (node: Element, type: string, pointerType = 'touch') => {
    const event = new PointerEvent(type, {
      isPrimary: true,
      pointerType,
      clientX: 5,
      clientY: 5,
      bubbles: true,
      cancelable: true,
    });
    node.dispatchEvent(event);
    return event;
  };
  return { message, item, point, opened: () => opened, chosen: () => chosen };
}

test('the click of the finger that opened a menu chooses nothing of it, and the next tap does', () => {
  const { message, item, point, opened, chosen } = openPage();
  point(message, 'pointerdown');
  vi.advanceTimersByTime(450);
  expect(opened()).toBe(1);
  point(message, 'pointerup');
  item.click();
  vi.advanceTimersByTime(100);
  item.click();
  expect(chosen()).toBe(0);
  point(item, 'pointerdown');
  point(item, 'pointerup');
  item.click();
  expect(chosen()).toBe(1);
});

test('long after the finger was lifted a click without a press, as of a screen reader, is a choice', () => {
  const { message, item, point, chosen } = openPage();
  point(message, 'pointerdown');
  vi.advanceTimersByTime(450);
  point(message, 'pointerup');
  vi.advanceTimersByTime(1_000);
  item.click();
  expect(chosen()).toBe(1);
});

test('a finger that is lifted sooner, or wanders, opens nothing; a browser’s own long press opens it once', () => {
  const { message, point, opened } = openPage();
  point(message, 'pointerdown');
  vi.advanceTimersByTime(400);
  point(message, 'pointerup');
  vi.advanceTimersByTime(1_000);
  expect(opened()).toBe(0);

  point(message, 'pointerdown');
  vi.advanceTimersByTime(400);
  expect(point(message, 'contextmenu').defaultPrevented).toBe(true);
  vi.advanceTimersByTime(1_000);
  expect(point(message, 'contextmenu').defaultPrevented).toBe(true);
  expect(opened()).toBe(1);

  point(message, 'pointerdown', 'mouse');
  vi.advanceTimersByTime(1_000);
  expect(point(message, 'contextmenu', 'mouse').defaultPrevented).toBe(false);
  expect(opened()).toBe(1);
});
