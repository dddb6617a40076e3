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

test('between a press and its click nothing is drawn; what was missed is drawn once, with the click', () => {
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

test('a press without a click ends shortly after its release, or when a finger begins to scroll', async () => {
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

test('a release that is never told holds nothing back for longer than ten seconds, nor past a mouse that moves free', async () => {
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

test('another button, or a second finger, presses nothing', () => {
  const { draw, point, drawn } = openPage();
  point('pointerdown', { button: 2 });
  point('pointerdown', { isPrimary: false });
  draw();
  expect(drawn()).toBe(1);
});
