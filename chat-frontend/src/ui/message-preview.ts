import type { FileInfo } from '../state/file-kind.ts';
import { lazyAttachments } from './lazy.ts';
import type { Ui } from './ui.ts';

/** A message in one line: its text, and of one with files what they are, once the lazy part that knows is loaded. */
export function messagePreview(
  { i18n, redraw }: Pick<Ui, 'i18n' | 'redraw'>,
  text: string,
  files: readonly FileInfo[] = [],
): string {
  if (files.length === 0) return text;
  const part = lazyAttachments.loaded();
  if (!part) lazyAttachments.load().then(redraw, () => undefined);
  return part?.fileLabel(i18n, files, text) ?? (text || '📎');
}
