// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { el } from '../el.ts';
import { onLongPress, onSwipe } from './touch.lazy.ts';

describe('long press', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
    document.body.replaceChildren();
  });

  /** A message that opens a menu over itself on a long press, and a count of the choices in that menu. */
  function openPage() {
    const [message, item] = [document.createElement('p'), document.createElement('button')];
    document.body.append(message);
    let [opened, chosen] = [0, 0];
    item.addEventListener('click', () => {
      chosen += 1;
    });
    onLongPress(message, () => () => {
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

  test('the click of the long press that opened a menu chooses nothing in it, and the next tap does', () => {
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

  test('a click without a press, as from a screen reader, chooses again half a second after the touch has ended', () => {
    const { message, item, point, chosen } = openPage();
    point(message, 'pointerdown');
    vi.advanceTimersByTime(450);
    point(message, 'pointerup');
    vi.advanceTimersByTime(1_000);
    item.click();
    expect(chosen()).toBe(1);
  });

  test('a short press opens nothing, and the browser’s own long press opens the menu once', () => {
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
});

describe('swipe', () => {
  let replies: string[];
  let row: HTMLElement;
  beforeEach(() => {
    replies = [];
    row = el('li', { class: 'row', id: 'satu' }, el('p', {}, 'halo'));
    const list = el('ol', {}, row, el('li', { class: 'row', id: 'tanpa-balas' }));
    document.body.replaceChildren(list);
    onSwipe(list, (of) => (of.id === 'tanpa-balas' ? undefined : () => void replies.push(of.id)));
  });

  type Point = [x: number, y: number];
  function point(
    type: string,
    [clientX, clientY]: Point,
    more: PointerEventInit = {},
    target: Element = row,
  ) {
    const init = {
      bubbles: true,
      pointerType: 'touch',
      isPrimary: true,
      pointerId: 1,
      clientX,
      clientY,
      ...more,
    };
    (target.firstElementChild ?? target).dispatchEvent(new PointerEvent(type, init));
  }
  function drag(points: Point[], more: PointerEventInit = {}, target: Element = row): void {
    const [first = [0, 0], ...rest] = points;
    point('pointerdown', first, more, target);
    for (const next of rest) point('pointermove', next, more, target);
    point('pointerup', points.at(-1) ?? first, more, target);
  }
  const isClean = () => row.className === 'row' && row.style.length === 0 && row.children.length === 1;

  test('a swipe far enough to the right replies, and leaves the row as it was', () => {
    drag([
      [50, 50],
      [70, 52],
      [111, 54],
    ]);
    expect([replies, isClean()]).toEqual([['satu'], true]);
  });

  test('a swipe shows when it is far enough, and drawn back it does not reply', () => {
    point('pointerdown', [50, 50]);
    point('pointermove', [80, 50]);
    expect([row.className, row.style.getPropertyValue('--swipe')]).toEqual(['row row-swiped', '18px']);
    point('pointermove', [300, 50]);
    expect([row.className, row.style.getPropertyValue('--swipe')]).toEqual([
      'row row-swiped row-far',
      '84px',
    ]);
    point('pointermove', [90, 50]);
    expect(row.className).toBe('row row-swiped');
    point('pointerup', [90, 50]);
    expect([replies, isClean()]).toEqual([[], true]);
  });

  test.each<[string, Point[], PointerEventInit]>([
    [
      'that moves up or down first',
      [
        [50, 50],
        [55, 70],
        [150, 75],
      ],
      {},
    ],
    [
      'to the left',
      [
        [150, 50],
        [130, 50],
        [250, 50],
      ],
      {},
    ],
    [
      'from the edge of the screen',
      [
        [10, 50],
        [40, 50],
        [110, 50],
      ],
      {},
    ],
    [
      'with a mouse',
      [
        [50, 50],
        [80, 50],
        [150, 50],
      ],
      { pointerType: 'mouse' },
    ],
    [
      'with a second touch point',
      [
        [50, 50],
        [80, 50],
        [150, 50],
      ],
      { isPrimary: false },
    ],
  ])('a swipe %s does not reply', (_, path, more) => {
    drag(path, more);
    expect([replies, isClean()]).toEqual([[], true]);
  });

  test('a message that allows no reply does not move under a swipe, and a swipe that the browser takes over ends', () => {
    const withoutReply = document.querySelector('#tanpa-balas') ?? expect.fail();
    point('pointerdown', [50, 50], {}, withoutReply);
    point('pointermove', [120, 50], {}, withoutReply);
    expect(withoutReply.className).toBe('row');
    point('pointerdown', [50, 50]);
    point('pointermove', [120, 50]);
    point('pointercancel', [120, 50]);
    point('pointerup', [120, 50]);
    expect([replies, isClean()]).toEqual([[], true]);
  });
});
