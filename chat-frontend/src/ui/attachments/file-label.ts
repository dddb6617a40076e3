import type { I18n } from '../../i18n/i18n.ts';
import { inOneLine, isolated } from '../../i18n/i18n.ts';
import type { FileInfo } from '../../state/file-kind.ts';
import { clockTime } from '../voice/duration.ts';
import { type FileKind, kindOf } from './file-kind.ts';
import { shownName } from './save-file.ts';

const SIGNS: Record<FileKind, string> = { photo: '📷', video: '🎬', voice: '🎙', audio: '🎵', file: '📎' };

/**
 * A message with files in one line: “📷 Foto”, “🎙 0:12”, “📎 laporan.pdf”, “📷 3 foto”, or the sign and its text. Files of
 * different kinds count as files.
 */
export function fileLabel(i18n: I18n, files: readonly FileInfo[], text = ''): string {
  const [first] = files;
  if (!first) return text;
  const kinds = new Set(files.map(kindOf));
  const kind = kinds.size === 1 ? kindOf(first) : 'file';
  return `${SIGNS[kind]} ${text ? inOneLine(text) : words(i18n, files, first, kind)}`;
}

function words(i18n: I18n, files: readonly FileInfo[], first: FileInfo, kind: FileKind): string {
  const { t } = i18n;
  const n = files.length;
  if (n > 1) return t(`file.count.${kind}`, { n });
  if (first.locked) return t('file.locked');
  if (kind === 'voice' && first.durationMs !== undefined) return clockTime(first.durationMs);
  return kind === 'file' || kind === 'audio' ? isolated(shownName(first.name)) : t(`file.kind.${kind}`);
}
