// @vitest-environment happy-dom
import { beforeEach, expect, test } from 'vitest';
import { el } from '../el.ts';
import { onSwipe } from './swipe.ts';

let replies: string[];
let row: HTMLElement;
beforeEach(() => {
  replies = [];
  row = el('li', { class: 'row', id: 'satu' }, el('p', {}, 'halo'));
  const list = el('ol', {}, row, el('li', { class: 'row', id: 'hilang' }));
  document.body.replaceChildren(list);
  onSwipe(list, (of) => (of.id === 'hilang' ? undefined : () => void replies.push(of.id)));
});

type Place = [x: number, y: number];
function finger(type: string, [clientX, clientY]: Place, more: PointerEventInit = {}, at: Element = row) {
  const init = {
    bubbles: true,
    pointerType: 'touch',
    isPrimary: true,
    pointerId: 1,
    clientX,
    clientY,
    ...more,
  };
  (at.firstElementChild ?? at).dispatchEvent(new PointerEvent(type, init));
}
function draw(places: Place[], more: PointerEventInit = {}, at: Element = row): void {
  const [first = [0, 0], ...rest] = places;
  finger('pointerdown', first, more, at);
  for (const place of rest) finger('pointermove', place, more, at);
  finger('pointerup', places.at(-1) ?? first, more, at);
}
const isClean = () => row.className === 'row' && row.style.length === 0 && row.children.length === 1;

test('far enough to the right it answers, and the row is as it was', () => {
  draw([
    [50, 50],
    [70, 52],
    [111, 54],
  ]);
  expect([replies, isClean()]).toEqual([['satu'], true]);
});

test('on the way it says when it is far enough, and drawn back it answers nothing', () => {
  finger('pointerdown', [50, 50]);
  finger('pointermove', [80, 50]);
  expect([row.className, row.style.getPropertyValue('--swipe')]).toEqual(['row row-swiped', '18px']);
  finger('pointermove', [300, 50]);
  expect([row.className, row.style.getPropertyValue('--swipe')]).toEqual(['row row-swiped row-far', '84px']);
  finger('pointermove', [90, 50]);
  expect(row.className).toBe('row row-swiped');
  finger('pointerup', [90, 50]);
  expect([replies, isClean()]).toEqual([[], true]);
});

test.each<[string, Place[], PointerEventInit]>([
  [
    'up or down first, to scroll',
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
    'with a mouse, to mark text',
    [
      [50, 50],
      [80, 50],
      [150, 50],
    ],
    { pointerType: 'mouse' },
  ],
  [
    'with the second of two fingers',
    [
      [50, 50],
      [80, 50],
      [150, 50],
    ],
    { isPrimary: false },
  ],
])('nothing is answered %s', (_, way, more) => {
  draw(way, more);
  expect([replies, isClean()]).toEqual([[], true]);
});

test('what cannot be answered does not move, and what the browser takes over is let go', () => {
  const gone = document.querySelector('#hilang') ?? expect.fail();
  finger('pointerdown', [50, 50], {}, gone);
  finger('pointermove', [120, 50], {}, gone);
  expect(gone.className).toBe('row');
  finger('pointerdown', [50, 50]);
  finger('pointermove', [120, 50]);
  finger('pointercancel', [120, 50]);
  finger('pointerup', [120, 50]);
  expect([replies, isClean()]).toEqual([[], true]);
});
