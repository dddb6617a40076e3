import { expect, test } from 'vitest';
import { codeIn, linkOf } from './invite-code.ts';

test('the code is found in itself and in the whole link', () => {
  const place = { origin: 'https://chat.example.org', pathname: '/' };
  const link = linkOf('Zx8k-Q2_m', place);
  expect(link).toBe('https://chat.example.org/#/invite/Zx8k-Q2_m');
  for (const text of ['Zx8k-Q2_m', ' Zx8k-Q2_m\n', link, `  ${link}`]) expect(codeIn(text)).toBe('Zx8k-Q2_m');
});
