// @vitest-environment happy-dom
import { beforeEach, expect, test } from 'vitest';
import { readTypedInput } from './typed-input.ts';

const draw = (submit: string) => {
  document.body.innerHTML = `
    <form><input name="username"><input name="password" type="password"><button class="go">${submit}</button></form>
    <form><input name="username"><textarea class="text"></textarea><button class="go">${submit}</button></form>`;
};
const field = (selector: string, index = 0) =>
  document.querySelectorAll<HTMLInputElement>(selector)[index] ?? expect.fail(selector);

beforeEach(() => draw('Masuk'));

test('what was typed in each field, a password too, is there after the page was drawn again', () => {
  field('[name=username]').value = 'sari';
  field('[type=password]').value = 'kopi tubruk';
  field('[name=username]', 1).value = 'budi';
  field('textarea').value = 'setengah';
  const restore = readTypedInput(document.body);
  draw('Log in');
  const changed: EventTarget[] = [];
  document.body.addEventListener('input', ({ target }) => target && changed.push(target));
  restore();
  const all = [...document.querySelectorAll<HTMLInputElement>('input, textarea')];
  expect(all.map(({ value }) => value)).toEqual(['sari', 'kopi tubruk', 'budi', 'setengah']);
  expect(changed).toEqual(all);
});

test('the focus and the selection are where they were, and a button that had the focus has it', () => {
  field('[type=password]').value = 'kopi tubruk';
  field('[type=password]').focus();
  field('[type=password]').setSelectionRange(2, 5);
  let restore = readTypedInput(document.body);
  draw('Log in');
  restore();
  const password = field('[type=password]');
  expect(document.activeElement).toBe(password);
  expect([password.selectionStart, password.selectionEnd]).toEqual([2, 5]);

  field('.go', 1).focus();
  restore = readTypedInput(document.body);
  draw('Masuk');
  restore();
  expect(document.activeElement).toBe(field('.go', 1));
});

test('a field that is empty or gone by then changes nothing', () => {
  const restore = readTypedInput(document.body);
  document.body.innerHTML = '<input name="username" value="tersimpan">';
  restore();
  expect(field('input').value).toBe('tersimpan');
});
