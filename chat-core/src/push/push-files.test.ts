import { expect, test } from 'vitest';
import type { Attachment } from '../wire/wire.ts';
import { pushFiles } from './push-files.ts';

const file = (type: string, more: Partial<Attachment> = {}): Attachment => ({
  id: 'f',
  size: 1,
  name: 'a.bin',
  type,
  ...more,
});
const photo = file('image/webp');

test.each([
  ['nothing', [], undefined],
  ['a photo', [photo], { kind: 'photo', count: 1, name: 'a.bin' }],
  ['photos', [photo, photo], { kind: 'photo', count: 2 }],
  ['a photo and a video', [photo, file('video/mp4')], { kind: 'file', count: 2 }],
  [
    'a voice message',
    [file('audio/ogg', { voice: true, durationMs: 12_300 })],
    { kind: 'voice', count: 1, name: 'a.bin', durationMs: 12_300 },
  ],
  ['a recording', [file('audio/mpeg')], { kind: 'audio', count: 1, name: 'a.bin' }],
  ['an SVG file', [file('image/svg+xml')], { kind: 'file', count: 1, name: 'a.bin' }],
  ['a file that does not open', [file('image/png', { locked: true })], { kind: 'file', count: 1 }],
])('a notification of %s says what it is', (_, files, expected) => {
  expect(pushFiles(files)).toEqual(expected);
});

test('beside a text the name is left out', () => {
  expect(pushFiles([photo], true)).toEqual({ kind: 'photo', count: 1 });
});

test('a long name keeps its beginning and its extension, and characters that reverse the direction are left out', () => {
  const name = pushFiles([file('x/y', { name: `\u202E${'😀'.repeat(200)}laporan.pdf` })])?.name ?? '';
  expect([...name].length).toBe(60);
  expect(name.startsWith('😀')).toBe(true);
  expect(name.endsWith('…oran.pdf')).toBe(true);
});
