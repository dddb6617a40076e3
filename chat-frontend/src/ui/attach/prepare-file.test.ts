import { expect, test } from 'vitest';
import { fileName, mediaType, prepareFile } from './prepare-file.ts';

test('a media type loses its parameters and capitals, and what is none becomes that of plain bytes', () => {
  expect(mediaType('audio/webm;codecs=opus')).toBe('audio/webm');
  expect(mediaType('Image/JPEG')).toBe('image/jpeg');
  for (const none of ['', 'teks', 'a/b c', `x/${'y'.repeat(100)}`])
    expect(mediaType(none)).toBe('application/octet-stream');
});

test('a name that is too long keeps its ending, and no character is cut in two', () => {
  expect(fileName('laporan.pdf')).toBe('laporan.pdf');
  expect(fileName('')).toBe('file');
  const long = fileName(`${'🙂'.repeat(200)}.pdf`);
  expect([long.length <= 255, long.endsWith('.pdf'), long.isWellFormed()]).toEqual([true, true, true]);
});

test('a picture that the browser cannot read, and one that could run scripts, are sent as they are, as plain files', async () => {
  const file = (name: string, type: string) => new File(['isi'], name, { type });
  // This environment reads no pictures.
  const broken = await prepareFile(file('rusak.jpg', 'image/jpeg'), false);
  expect([broken.type, broken.isPhoto, await broken.blob.text()]).toEqual([
    'application/octet-stream',
    false,
    'isi',
  ]);
  const drawing = await prepareFile(file('logo.svg', 'image/svg+xml'), false);
  expect([drawing.type, drawing.isPhoto]).toEqual(['image/svg+xml', false]);
  const document = await prepareFile(file('laporan.pdf', 'application/pdf'), false);
  expect([document.type, document.name, document.keepsMetadata]).toEqual([
    'application/pdf',
    'laporan.pdf',
    false,
  ]);
});
