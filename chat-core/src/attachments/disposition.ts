/** Control characters, separators of paths, and characters that turn the direction of text, so that an ending looks like another. */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}/\\:*?"<>|\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;
/** The characters that need no encoding (RFC 8187 §3.2.1). */
const ATTR_CHAR = /^[A-Za-z0-9!#$&+.^_`|~-]$/;

/**
 * The value of Content-Disposition (RFC 6266) for a file of this name, which no program can take for a path. The name is
 * there twice: in ASCII, and in UTF-8 by RFC 8187.
 */
export function contentDisposition(kind: 'inline' | 'attachment', name: string): string {
  const safe = safeFileName(name);
  // Some clients decode a percent sign in the ASCII form, too (RFC 6266, appendix D).
  const ascii = safe.replace(/[^\x20-\x7e]|%/g, '_');
  const extended = [...safe].map(encodeAttr).join('');
  return `${kind}; filename="${ascii}"; filename*=UTF-8''${extended}`;
}

/** A name that no program can take for a path; `file` for an empty one. */
export function safeFileName(name: string): string {
  return name.toWellFormed().replace(UNSAFE, '_').replace(/^\.+/, '_') || 'file';
}

function encodeAttr(character: string): string {
  if (ATTR_CHAR.test(character)) return character;
  return [...Buffer.from(character)]
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('');
}
