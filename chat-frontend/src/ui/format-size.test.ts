import { expect, test } from 'vitest';
import { formatSize } from './format-size.ts';

test('sizes are formatted in the unit that fits', () => {
  const texts = [0, 999, 1_024, 45_600, 1_449_000, 1_181_116_006].map((bytes) => formatSize(bytes, 'id-ID'));
  expect(texts).toEqual(['0 B', '999 B', '1 KB', '45 KB', '1,4 MB', '1,1 GB']);
});

test('the limits of the server are shown as the operator set them: 25 MB a file and 1,024 MB, a GB, an account', () => {
  const texts = [25, 1_024].map((megabytes) => formatSize(megabytes * 2 ** 20, 'en-GB'));
  expect(texts).toEqual(['25 MB', '1 GB']);
});

test('a size just below a unit is rounded up into it, never to 1,024 of the one before', () => {
  const texts = [2 ** 20 - 1, 2 ** 30 - 1].map((bytes) => formatSize(bytes, 'en-GB'));
  expect(texts).toEqual(['1 MB', '1 GB']);
});
