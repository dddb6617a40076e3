import { expect, test } from 'vitest';
import { formatSize } from './format-size.ts';

test('sizes are formatted in the unit that fits', () => {
  const texts = [0, 999, 1_000, 45_600, 1_449_000, 1_073_741_824].map((bytes) => formatSize(bytes, 'id-ID'));
  expect(texts).toEqual(['0 B', '999 B', '1 KB', '46 KB', '1,4 MB', '1,1 GB']);
});
