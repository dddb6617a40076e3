// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { fakeClock } from '../../test/support/fake-clock.ts';
import { deferWhilePressed } from './defer-while-pressed.ts';

function openPage() {
  const time = fakeClock();
  let drawn = 0;
  const target = document.createElement('div');
  const draw = deferWhilePressed(target as unknown as Window, time.clock, () => {
    drawn += 1;
  });
  const point = (type: string, init: PointerEventInit = {}) =>
    target.dispatchEvent(new PointerEvent(type, { isPrimary: true, pointerType: 'mouse', ...init }));
  return { time, draw, point, drawn: () => drawn, click: () => target.click() };
}

test('nothing is drawn between a press and its click, and the deferred draw follows once with the click', () => {
  const { draw, point, click, drawn } = openPage();
  draw();
  expect(drawn()).toBe(1);
  point('pointerdown');
  draw();
  draw();
  point('pointerup');
  expect(drawn()).toBe(1);
  click();
  expect(drawn()).toBe(2);
  draw();
  expect(drawn()).toBe(3);
});

test('a press without a click defers drawing until shortly after its release or until a touch scroll begins', async () => {
  for (const end of ['pointerup', 'pointercancel']) {
    const { time, draw, point, drawn } = openPage();
    point('pointerdown', { pointerType: 'touch' });
    draw();
    point(end, { pointerType: 'touch' });
    await time.pass(99);
    expect(drawn()).toBe(0);
    await time.pass(1);
    expect(drawn()).toBe(1);
  }
});

test('a press without a release event defers drawing for at most ten seconds, or until a mouse moves without a button', async () => {
  const { time, draw, point, drawn } = openPage();
  point('pointerdown');
  draw();
  await time.pass(9_999);
  expect(drawn()).toBe(0);
  await time.pass(1);
  expect(drawn()).toBe(1);
  point('pointerdown');
  draw();
  point('pointermove', { buttons: 1 });
  expect(drawn()).toBe(1);
  point('pointermove', { buttons: 0 });
  expect(drawn()).toBe(2);
});

test('another mouse button or a second touch point does not defer drawing', () => {
  const { draw, point, drawn } = openPage();
  point('pointerdown', { button: 2 });
  point('pointerdown', { isPrimary: false });
  draw();
  expect(drawn()).toBe(1);
});
