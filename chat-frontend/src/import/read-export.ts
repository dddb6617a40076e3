import { decodeText } from './decode.ts';
import type { DateOrder, ParsedChat } from './imported-chat.ts';
import { parseTelegram, type TelegramChat, telegramChats } from './telegram.ts';
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

/** A chosen file: one chat or several, and its media by their names. */
export type ExportFile = {
  fileName: string;
  chats: { title: string; parse(order?: DateOrder, signal?: AbortSignal): Promise<ParsedChat> }[];
  media(name: string): ZipEntry | undefined;
};

/** Opens what a person chose: `.txt` or `.zip` of WhatsApp, `result.json` or a zip of Telegram. @throws ReadError, ZipError */
export async function openExport(file: File): Promise<ExportFile> {
  if (file.size === 0) throw new ReadError('empty');
  const [a, b] = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  if (a === 0x50 && b === 0x4b) return openZipped(file);
  return chatsOf(file.name, await textOf(file), () => undefined);
}

async function openZipped(file: File): Promise<ExportFile> {
  const entries = await openZip(file);
  const byName = new Map(entries.map((entry) => [baseName(entry.path), entry]));
  const chat =
    byName.get('result.json') ??
    byName.get('_chat.txt') ??
    entries.filter(({ path }) => path.endsWith('.txt')).sort((x, y) => y.size - x.size)[0];
  if (!chat) throw new ReadError('noChat');
  const isNamed = baseName(chat.path) !== '_chat.txt';
  const name = isNamed && chat.path.endsWith('.txt') ? baseName(chat.path) : file.name;
  const text = await textOf(await chat.open(MAX_TEXT_BYTES));
  return chatsOf(name, text, (wanted) => byName.get(baseName(wanted)));
}

async function textOf(blob: Blob): Promise<string> {
  if (blob.size > MAX_TEXT_BYTES) throw new ReadError('tooLarge');
  return decodeText(new Uint8Array(await blob.arrayBuffer())).text;
}

function chatsOf(fileName: string, text: string, media: ExportFile['media']): ExportFile {
  const telegram = text.trimStart().startsWith('{') ? telegramIn(text) : undefined;
  if (telegram) {
    if (telegram.length === 0) throw new ReadError('noChat');
    const chats = telegram.map((chat) => ({
      title: chat.title,
      parse: (_?: DateOrder, signal?: AbortSignal) => parseTelegram(chat, signal),
    }));
    return { fileName, chats, media };
  }
  const title = titleOf(fileName);
  const parse = (order?: DateOrder, signal?: AbortSignal) =>
    parseWhatsApp(text, { title, order, ...(signal && { signal }) });
  return { fileName, chats: [{ title, parse }], media };
}

function telegramIn(text: string): TelegramChat[] | undefined {
  try {
    return telegramChats(JSON.parse(text));
  } catch {
    return undefined;
  }
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
