// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { el } from '../../el.ts';
import { bounded, mountZoom, WHOLE, zoomAt } from './zoom.ts';

test('what is under the touch points stays there while it is zoomed, between once and eight times', () => {
  const point = { x: 40, y: -30 };
  const zoomed = zoomAt({ scale: 2, x: 10, y: 5 }, 1.5, point);
  // The place of the picture under the point, before and after.
  expect([(40 - zoomed.x) / zoomed.scale, (-30 - zoomed.y) / zoomed.scale]).toEqual([
    (40 - 10) / 2,
    (-30 - 5) / 2,
  ]);
  expect(zoomAt(WHOLE, 100, point).scale).toBe(8);
  expect(zoomAt({ scale: 2, x: 0, y: 0 }, 0.01, point).scale).toBe(1);
});

test('a zoomed picture leaves no gap at a side on which it is larger than the stage', () => {
  const [picture, stage] = [
    { width: 100, height: 50 },
    { width: 100, height: 200 },
  ];
  expect(bounded({ scale: 2, x: 80, y: 80 }, picture, stage)).toEqual({ scale: 2, x: 50, y: 0 });
  expect(bounded({ scale: 2, x: -80, y: 0 }, picture, stage)).toEqual({ scale: 2, x: -50, y: 0 });
});

/** A stage, and a gesture on it: each step is a pointer, a type, x and y. */
function openStage() {
  const stage = el('div');
  const picture = el('img');
  stage.append(picture);
  document.body.replaceChildren(stage);
  const happened: string[] = [];
  const zoom = mountZoom(stage, {
    onSwipe: (step) => happened.push(`swipe ${step}`),
    onDismiss: () => happened.push('dismiss'),
  });
  zoom.setTarget(picture);
  const gesture = (...steps: [number, 'down' | 'move' | 'up', number, number][]) => {
    for (const [pointerId, type, clientX, clientY] of steps) {
      picture.dispatchEvent(
        new PointerEvent(`pointer${type}`, { pointerId, clientX, clientY, bubbles: true }),
      );
    }
  };
  const swipe = (x: number, y: number) =>
    gesture([1, 'down', 200, 200], [1, 'move', 200 + x, 200 + y], [1, 'up', 200 + x, 200 + y]);
  return { zoom, happened, gesture, swipe };
}

test('a swipe to a side shows the next or the previous, one downwards closes, and a short one does nothing', () => {
  const { swipe, happened } = openStage();
  swipe(-100, 10);
  swipe(100, -10);
  swipe(10, 150);
  swipe(-30, 0);
  swipe(0, -150);
  expect(happened).toEqual(['swipe 1', 'swipe -1', 'dismiss']);
});

test('a pinch zooms and is no swipe, and while the picture is zoomed a finger moves it', () => {
  const { zoom, gesture, swipe, happened } = openStage();
  gesture(
    [1, 'down', 100, 100],
    [2, 'down', 200, 100],
    [2, 'move', 300, 100],
    [1, 'up', 100, 100],
    [2, 'up', 300, 100],
  );
  expect(zoom.scale()).toBe(2);
  swipe(-200, 0);
  expect(happened).toEqual([]);
});

test('a double tap zooms in and the next one out again', () => {
  const { zoom, gesture } = openStage();
  const tap = () => gesture([1, 'down', 50, 50], [1, 'up', 50, 50]);
  tap();
  expect(zoom.scale()).toBe(1);
  tap();
  expect(zoom.scale()).toBe(2.5);
  tap();
  tap();
  expect(zoom.scale()).toBe(1);
});
