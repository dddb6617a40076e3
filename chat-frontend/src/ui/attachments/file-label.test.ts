import { expect, test } from 'vitest';
import { enFiles } from '../../i18n/en/files.ts';
import { en } from '../../i18n/en.ts';
import { createI18n } from '../../i18n/i18n.ts';
import { idFiles } from '../../i18n/id/files.ts';
import { id } from '../../i18n/id.ts';
import type { FileInfo } from '../../state/file-kind.ts';
import { clockTime } from '../voice/duration.ts';
import { kindOf } from './file-kind.ts';
import { fileLabel } from './file-label.ts';

const indonesian = createI18n('id', { ...id, ...idFiles });
const english = createI18n('en', { ...en, ...enFiles });
const file = (type: string, more: Partial<FileInfo> = {}): FileInfo => ({
  id: 'f',
  name: 'a.bin',
  type,
  size: 1,
  ...more,
});
const photo = file('image/webp');

test.each<[string, FileInfo[], string, string, string]>([
  ['a photo', [photo], '', '📷 Foto', '📷 Photo'],
  ['a photo with a caption', [photo], 'Di pantai\nkemarin', '📷 Di pantai kemarin', '📷 Di pantai kemarin'],
  ['three photos', [photo, photo, photo], '', '📷 3 foto', '📷 3 photos'],
  ['a photo and a file', [photo, file('application/pdf')], '', '📎 2 berkas', '📎 2 files'],
  ['a video', [file('video/mp4')], '', '🎬 Video', '🎬 Video'],
  ['a voice message', [file('audio/ogg', { voice: true, durationMs: 12_300 })], '', '🎙 0:12', '🎙 0:12'],
  ['a recording', [file('audio/mpeg', { name: 'lagu.mp3' })], '', '🎵 lagu.mp3', '🎵 lagu.mp3'],
  ['a file', [file('application/pdf', { name: 'laporan.pdf' })], '', '📎 laporan.pdf', '📎 laporan.pdf'],
  [
    'a file that does not open',
    [file('image/png', { locked: true })],
    '',
    '📎 Berkas terkunci',
    '📎 Locked file',
  ],
  ['no file', [], 'text', 'text', 'text'],
])('%s is named in one line in both languages', (_, files, text, inIndonesian, inEnglish) => {
  expect(fileLabel(indonesian, files, text)).toBe(inIndonesian);
  expect(fileLabel(english, files, text)).toBe(inEnglish);
});

test('a name that runs from right to left is isolated, and one that reverses the direction does not disguise its extension', () => {
  expect(fileLabel(english, [file('x/y', { name: 'ملف.pdf' })])).toBe('📎 \u2068ملف.pdf\u2069');
  expect(fileLabel(english, [file('x/y', { name: 'foto\u202Egpj.exe' })])).toBe('📎 fotogpj.exe');
});

test('markup, scripts and unknown types are files to download, whatever their author calls them', () => {
  for (const type of [
    'image/svg+xml',
    'text/html',
    'application/xhtml+xml',
    'text/xml',
    'application/pdf',
    'image/heic',
    'video/x-flv',
    'audio/midi',
    '',
  ]) {
    expect([type, kindOf({ type })]).toEqual([type, 'file']);
  }
});

test('durations are minutes and seconds, with hours from one hour on', () => {
  expect([0, 12_300, 61_000, 3_723_000].map(clockTime)).toEqual(['0:00', '0:12', '1:01', '1:02:03']);
});
