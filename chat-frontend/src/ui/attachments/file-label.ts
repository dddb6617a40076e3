import type { I18n } from '../../i18n/i18n.ts';
import { inOneLine, isolated } from '../../i18n/i18n.ts';
import type { FileInfo } from '../../state/file-kind.ts';
import { clockTime } from '../voice/duration.ts';
import { type FileKind, kindOf } from './file-kind.ts';
import { shortName } from './file-name.ts';

const SIGNS: Record<FileKind, string> = { photo: '📷', video: '🎬', voice: '🎙', audio: '🎵', file: '📎' };

/**
 * A message with files in one line: “📷 Foto”, “🎙 0:12”, “📎 laporan.pdf”, “📷 3 foto”, or the sign and its text. Files of
 * different kinds count as files.
 */
export function fileLabel(i18n: I18n, files: readonly FileInfo[], text = ''): string {
  const [first] = files;
  if (!first) return text;
  const kind = commonKind(files);
  if (text) return `${SIGNS[kind]} ${inOneLine(text)}`;
  const isVoice = kind === 'voice' && files.length === 1 && first.durationMs !== undefined;
  return `${SIGNS[kind]} ${isVoice ? clockTime(first.durationMs ?? 0) : filesInWords(i18n, files)}`;
}

/** What files are, for a sentence: “Foto”, “Pesan suara”, “laporan.pdf”, “3 foto”. */
export function filesInWords({ t }: I18n, files: readonly FileInfo[]): string {
  const [first] = files;
  const kind = commonKind(files);
  if (!first || files.length > 1) return t(`file.count.${kind}`, { n: files.length });
  if (first.locked) return t('file.locked');
  return kind === 'file' || kind === 'audio' ? isolated(shortName(first.name)) : t(`file.kind.${kind}`);
}

function commonKind(files: readonly FileInfo[]): FileKind {
  const [kind = 'file', ...others] = new Set(files.map(kindOf));
  return others.length === 0 ? kind : 'file';
}
