import type { filesId } from './files.id.ts';
import type { Text } from './text.ts';

export const filesEn: Record<keyof typeof filesId, Text> = {
  'attach.menu': 'Attach',
  'attach.media': 'Photo & video',
  'attach.camera': 'Camera',
  'attach.file': 'File',
};
