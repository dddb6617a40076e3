import type { FileInfo } from '../state/file-kind.ts';
import { lazyAttachments, lazyRichText } from './lazy-content.ts';
import type { Ui } from './ui.ts';

/** A message in one line: its text without marks, and of one with files what they are, once the lazy parts are loaded. */
export function messagePreview(
  { i18n, redraw }: Pick<Ui, 'i18n' | 'redraw'>,
  source: string,
  files: readonly FileInfo[] = [],
): string {
  const text = lazyRichText.loaded()?.plainText(source) ?? source;
  if (files.length === 0) return text;
  const part = lazyAttachments.loaded();
  if (!part) lazyAttachments.load().then(redraw, () => undefined);
  return part?.fileLabel(i18n, files, text) ?? (text || '📎');
}
