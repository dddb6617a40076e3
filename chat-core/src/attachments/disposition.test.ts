import { expect, it } from 'vitest';
import { contentDisposition } from './disposition.ts';

it('a name goes into the header in ASCII and in UTF-8', () => {
  expect(contentDisposition('attachment', 'Résumé 100%.pdf')).toBe(
    `attachment; filename="R_sum_ 100_.pdf"; filename*=UTF-8''R%C3%A9sum%C3%A9%20100%25.pdf`,
  );
  expect(contentDisposition('inline', "it's.png")).toBe(
    `inline; filename="it's.png"; filename*=UTF-8''it%27s.png`,
  );
});

it.each([
  ['../../etc/passwd', '__.._etc_passwd'],
  ['C:\\Windows\\a.exe', 'C__Windows_a.exe'],
  ['.bashrc', '_bashrc'],
  ['a"; filename="b', 'a_; filename=_b'],
  ['a\r\nSet-Cookie: x', 'a__Set-Cookie_ x'],
  ['foto\u202Egnp.exe', 'foto_gnp.exe'],
  ['', 'file'],
])('the name %j is no path and ends no header', (name, safe) => {
  expect(contentDisposition('attachment', name)).toContain(`filename="${safe}"`);
});

it('the header is ASCII without line breaks and decodes to the name, whatever the name is', () => {
  for (const name of ['\uD800', '😀.png', '\0', '%2e%2e%2f', 'a'.repeat(255), '日本語.txt', "''"]) {
    const header = contentDisposition('attachment', name);
    expect(header).toMatch(/^[\x20-\x7e]+$/);
    const [, encoded = ''] = /filename\*=UTF-8''([\w!#$&+.^`|~%-]+)$/.exec(header) ?? [];
    expect(decodeURIComponent(encoded)).toBe(name.toWellFormed().replaceAll('\0', '_'));
  }
});
