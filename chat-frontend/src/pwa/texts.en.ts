import type { Text } from '../i18n/id.ts';
import type { pwaId } from './texts.id.ts';

export const pwaEn: Record<keyof typeof pwaId, Text> = {
  'update.ready': 'A new version of Bisik is here. Drafts and waiting messages stay safe.',
  'update.take': 'Reload',
};
