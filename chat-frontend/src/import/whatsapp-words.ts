import { MARKS } from './whatsapp-line.ts';

/** What WhatsApp writes in place of a file that the export leaves out, in English and Indonesian. */
const LEFT_OUT =
  /^(?:<media omitted>|<media tidak disertakan>|(?:image|video|audio|sticker|gif|document|contact card|video note) omitted|(?:gambar|foto|video|audio|stiker|gif|dokumen|kartu kontak|catatan video) (?:tidak disertakan|dihilangkan))$/i;
/** Android: `IMG-1.jpg (file attached)`. */
const ATTACHED_AFTER = /^([^\n]{1,255}) \((?:file attached|file terlampir|berkas terlampir)\)(?:\n|$)/i;
/** iOS: `<attached: IMG-1.jpg>`, after a caption where there is one. */
const ATTACHED_TAG = /<(?:attached|terlampir): ([^<>\n]{1,255})>/i;
/** At the end of a text; only the end of it is looked at, since white space before it takes time. */
const EDITED = /\s{0,9}<(?:this message was edited|pesan ini (?:telah )?diedit)>$/i;
/** Beginnings of the lines of WhatsApp itself that may contain a colon, or that iOS writes under the name of the chat. */
const SYSTEM =
  /(?:end-to-end encrypted|terenkripsi (?:secara )?end-to-end|dienkripsi (?:secara )?end-to-end|created (?:this )?group|membuat grup|changed (?:the|this) group|changed the subject|mengubah (?:subjek|nama grup|ikon grup|deskripsi grup|setelan grup)|changed their phone number|mengganti nomor|nomor telepon.* berubah|security code (?:with .*)?changed|kode keamanan .*berubah|joined using|bergabung (?:menggunakan|lewat|dengan) tautan|added you|menambahkan (?:anda|kamu)|turned (?:on|off) disappearing|(?:mengaktifkan|mematikan|menonaktifkan) pesan sementara)/i;
/** Lines of the app are shorter. */
const LONGEST_LINE = 300;
/** A longer one is no name of a person, but a line of the app with a colon in it. */
const MAX_NAME = 80;

/** The author and the text of what stands after the date; a line of the app itself has no name. */
export function splitAuthor(rest: string): { name?: string; text: string } {
  const colon = rest.indexOf(': ');
  const end = colon < 0 && rest.endsWith(':') ? rest.length - 1 : colon;
  const name = end > 0 ? rest.slice(0, end).replace(MARKS, '').trim() : '';
  if (name === '' || name.length > MAX_NAME || SYSTEM.test(name)) return { text: clean(rest) };
  const text = rest.slice(end + 2);
  // iOS marks its own words, and writes lines of the app under the name of the chat.
  if (/^\u200e/.test(text) && SYSTEM.test(text.slice(0, LONGEST_LINE))) return { text: clean(text) };
  return { name, text };
}

/** The text of a message with the file that it names, and whether the export left one out. */
export function readContent(raw: string): { text: string; file?: string; isLeftOut: boolean } {
  const text = clean(raw).replace(EDITED, '');
  if (LEFT_OUT.test(text)) return { text, isLeftOut: true };
  const after = ATTACHED_AFTER.exec(text);
  if (after) return { text: text.slice(after[0].length).trim(), file: after[1] ?? '', isLeftOut: false };
  const tag = ATTACHED_TAG.exec(text);
  if (!tag) return { text, isLeftOut: false };
  return { text: text.replace(tag[0], '').trim(), file: tag[1] ?? '', isLeftOut: false };
}

function clean(text: string): string {
  return text.replace(MARKS, '').trim();
}
