// @vitest-environment happy-dom
import { beforeEach, expect, test } from 'vitest';
import { el } from './el.ts';
import { takeFiles } from './take-files.ts';

let taken: string[];
const field = el('textarea');
const fileInput = el('input', { type: 'file' });

takeFiles(document, (files) => taken.push(...files.map(({ name }) => name)));

beforeEach(() => {
  taken = [];
  document.body.replaceChildren(field, fileInput);
});

/** Sends an event with these data; returns whether the page has handled it in place of the browser. */
function send(type: 'paste' | 'dragover' | 'drop', target: Element, types: string[]) {
  const data = { types, files: [new File(['x'], 'foto.png')], dropEffect: 'copy' };
  const event = new Event(type, { bubbles: true, cancelable: true });
  Object.assign(event, { [type === 'paste' ? 'clipboardData' : 'dataTransfer']: data });
  target.dispatchEvent(event);
  return { isHandled: event.defaultPrevented, effect: data.dropEffect };
}

test('a file that is dropped anywhere or pasted is taken, and dragging it over the page opens nothing', () => {
  expect(send('dragover', field, ['Files'])).toEqual({ isHandled: true, effect: 'copy' });
  expect(taken).toEqual([]);
  expect(send('drop', document.body, ['Files']).isHandled).toBe(true);
  expect(send('paste', field, ['Files']).isHandled).toBe(true);
  expect(taken).toEqual(['foto.png', 'foto.png']);
});

test('a file on a file input, text in a field, and text that comes with a file are left to the browser', () => {
  const left = [
    send('drop', fileInput, ['Files']),
    send('drop', field, ['text/plain']),
    send('drop', field, ['text/plain', 'Files']),
    send('paste', field, ['text/plain', 'Files']),
    send('paste', document.body, ['text/plain']),
  ];
  expect(left.map(({ isHandled }) => isHandled)).toEqual(left.map(() => false));
  expect(taken).toEqual([]);
});

test('text that is dropped beside the fields goes nowhere', () => {
  expect(send('dragover', document.body, ['text/uri-list'])).toEqual({ isHandled: true, effect: 'none' });
  expect(send('drop', document.body, ['text/uri-list', 'Files']).isHandled).toBe(true);
  expect(taken).toEqual([]);
});
