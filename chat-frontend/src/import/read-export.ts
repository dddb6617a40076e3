import { decodeText } from './decode.ts';
import { createPauses, type DateOrder, type ParsedChat } from './imported-chat.ts';
import { parseTelegram } from './telegram.ts';
import { telegramChats } from './telegram-chats.ts';
import { parseWhatsApp } from './whatsapp.ts';
import { openZip, type ZipEntry } from './zip.ts';

/** The text of a chat is read into memory, so it has a limit; a million messages fit. */
const MAX_TEXT_BYTES = 128 * 2 ** 20;

export type ReadFault = 'empty' | 'tooLarge' | 'noChat';
/** A file that is no export. ZipError says what is wrong with a zip. */
export class ReadError extends Error {
  override name = 'ReadError';
  readonly fault: ReadFault;
  constructor(fault: ReadFault) {
    super(fault);
    this.fault = fault;
  }
}

/** How a file is read: `signal` stops it, `onProgress` gets what is done, from 0 to 1. */
export type Reading = { signal?: AbortSignal; onProgress?: (done: number) => void };

/** A chosen file: one chat or several, and its media by their names. */
export type ExportFile = {
  fileName: string;
  chats: { title: string; parse(order?: DateOrder, reading?: Reading): Promise<ParsedChat> }[];
  media(name: string): ZipEntry | undefined;
};

/**
 * Opens what a person chose: `.txt` or `.zip` of WhatsApp, `result.json` or a zip of Telegram. Like the parsing of a chat it is done in
 * pauses, so that the page answers meanwhile. @throws ReadError, ZipError, the reason of the signal
 */
export async function openExport(file: File, reading: Reading = {}): Promise<ExportFile> {
  if (file.size === 0) throw new ReadError('empty');
  const [a, b] = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  if (a === 0x50 && b === 0x4b) return openZipped(file, reading);
  return chatsOf(file.name, await textOf(file, reading), () => undefined, reading);
}

async function openZipped(file: File, reading: Reading): Promise<ExportFile> {
  const entries = await openZip(file);
  const byName = new Map(entries.map((entry) => [baseName(entry.path), entry]));
  const chat =
    byName.get('result.json') ??
    byName.get('_chat.txt') ??
    entries.filter(({ path }) => path.endsWith('.txt')).sort((x, y) => y.size - x.size)[0];
  if (!chat) throw new ReadError('noChat');
  const isNamed = baseName(chat.path) !== '_chat.txt';
  const name = isNamed && chat.path.endsWith('.txt') ? baseName(chat.path) : file.name;
  const text = await textOf(await chat.open(MAX_TEXT_BYTES), reading);
  return chatsOf(name, text, (wanted) => byName.get(baseName(wanted)), reading);
}

async function textOf(blob: Blob, { signal, onProgress }: Reading): Promise<string> {
  if (blob.size > MAX_TEXT_BYTES) throw new ReadError('tooLarge');
  return decodeText(blob, createPauses(signal), (bytes) => onProgress?.(bytes / blob.size / 2));
}

async function chatsOf(
  fileName: string,
  text: string,
  media: ExportFile['media'],
  { signal, onProgress }: Reading,
): Promise<ExportFile> {
  const onStep = (at: number) => onProgress?.((1 + at / text.length) / 2);
  const isJson = /^\s*\{/.test(text);
  const telegram = isJson ? await telegramChats(text, createPauses(signal), onStep) : undefined;
  if (telegram) {
    if (telegram.length === 0) throw new ReadError('noChat');
    const chats = telegram.map((chat) => ({
      title: chat.title,
      parse: (_?: DateOrder, { signal, onProgress }: Reading = {}) =>
        parseTelegram(chat, signal, (done) => onProgress?.(done / chat.messages.length)),
    }));
    return { fileName, chats, media };
  }
  const title = titleOf(fileName);
  const parse = (order?: DateOrder, { signal }: Reading = {}) =>
    parseWhatsApp(text, { title, order, ...(signal && { signal }) });
  return { fileName, chats: [{ title, parse }], media };
}

/** The name of the chat in the name of the file: `Chat WhatsApp dengan Keluarga.txt`, `WhatsApp Chat - Keluarga.zip`. */
export function titleOf(fileName: string): string {
  const bare = baseName(fileName).replace(/\.(txt|zip|json)$/i, '');
  const title = bare.replace(
    /^(?:whatsapp chat (?:with|-)|chat whatsapp dengan|obrolan whatsapp dengan)\s*/i,
    '',
  );
  return title.trim() || 'WhatsApp';
}

/** The last part of a path of any system: directories in it are of no use here. */
export function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}
