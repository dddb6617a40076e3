import type { Text } from './text.ts';

/** The wording of files, pictures and voice messages. */
export const filesId = {
  'attach.menu': 'Lampirkan',
  'attach.media': 'Foto & video',
  'attach.camera': 'Kamera',
  'attach.file': 'Berkas',
} satisfies Record<string, Text>;
