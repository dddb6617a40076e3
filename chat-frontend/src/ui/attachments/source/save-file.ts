import { el } from '../../el.ts';

/** A browser has begun to read the blob by then. */
const READ_MS = 60_000;
const MAX_CHARS = 120;

/** The name of a file as it is shown: without control characters and those that reverse the direction (`gpj.exe`). */
export const shownName = (name: string): string => name.replace(/\p{C}/gu, '');

/** A name that is safe on every system: no path, no reserved or invisible character, no hidden file, its extension kept. */
export function safeName(name: string): string {
  const plain = shownName(name)
    .replace(/[\\/:*?"<>|]/g, '_')
    .replace(/^[.\s]+|[.\s]+$/g, '');
  const points = [...plain];
  if (points.length <= MAX_CHARS) return plain || 'file';
  const [, extension = ''] = /(\.[\p{L}\p{N}]{1,10})$/u.exec(plain) ?? [];
  return points.slice(0, MAX_CHARS - extension.length).join('') + extension;
}

/** Lets the browser save a file. Its blob is no page, whatever its content: it is never opened. */
export function saveFile(name: string, content: Blob): void {
  const url = URL.createObjectURL(new Blob([content], { type: 'application/octet-stream' }));
  const link = el('a', { href: url, download: safeName(name) });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), READ_MS);
}
