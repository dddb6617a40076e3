// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { el } from './el.ts';

test('a string child becomes text, never markup', () => {
  const node = el('p', { title: '"><img src=x>' }, '<img src=x onerror=alert(1)>', el('b', {}, '&amp;'));
  expect(node.querySelector('img')).toBeNull();
  expect(node.textContent).toBe('<img src=x onerror=alert(1)>&amp;');
});

test('handler and style attributes are refused', () => {
  expect(() => el('p', { onclick: 'alert(1)' })).toThrow(TypeError);
  expect(() => el('p', { style: 'color: red' })).toThrow(TypeError);
});

test('true sets an empty attribute, false and undefined set none', () => {
  const node = el('input', { required: true, disabled: false, name: undefined, tabindex: -1 });
  expect([...node.attributes].map(({ name }) => name).sort()).toEqual(['required', 'tabindex']);
});
