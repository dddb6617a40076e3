import {
  createPauses,
  MAX_PROBLEMS,
  type ParsedChat,
  type ParsedRow,
  type Problem,
  piecesOf,
} from './imported-chat.ts';
import type { TelegramChat } from './telegram-chats.ts';

type Fields = Record<string, unknown>;

/**
 * Reads a chat of a Telegram export, in pauses. Every message becomes a row or is among the problems, whose `line` is then its
 * number in the chat. `onStep` gets how many are done. @throws the reason of `signal`
 */
export async function parseTelegram(
  { title, messages }: TelegramChat,
  signal?: AbortSignal,
  onStep: (done: number) => void = () => undefined,
): Promise<ParsedChat> {
  const pause = createPauses(signal);
  const rows: ParsedRow[] = [];
  const problems: Problem[] = [];
  const numbers = new Map<unknown, number>();
  let [problemCount, leftOut] = [0, 0];
  let number = 0;
  for (const one of messages) {
    number += 1;
    onStep(number);
    await pause();
    const message = fields(one);
    const at = timeOf(message);
    const { text, file, isLeftOut } = contentOf(message);
    const pieces = piecesOf(text);
    if (at === undefined || (pieces.length === 0 && file === undefined)) {
      problemCount += 1;
      if (problems.length < MAX_PROBLEMS) problems.push({ line: number, text: text.slice(0, 120) });
      continue;
    }
    if (isLeftOut) leftOut += 1;
    const isService = message.type === 'service';
    const name = isService ? '' : textIn(message.from) || textIn(message.from_id) || '?';
    const replyTo = numbers.get(message.reply_to_message_id);
    numbers.set(message.id, rows.length);
    const base = { at, ...(name !== '' && { name }) };
    const [first = '', ...rest] = pieces;
    rows.push({
      ...base,
      text: first,
      ...(file !== undefined && { file }),
      ...(replyTo !== undefined && message.reply_to_message_id !== undefined && { replyTo }),
    });
    for (const piece of rest) rows.push({ ...base, text: piece });
  }
  return { source: 'telegram', title, rows, problems, problemCount, leftOut };
}

function timeOf({ date_unixtime: unix, date }: Fields): number | undefined {
  const seconds = Number(unix);
  const at = unix !== undefined && Number.isFinite(seconds) ? seconds * 1000 : Date.parse(textIn(date));
  return Number.isSafeInteger(at) && at >= 0 ? at : undefined;
}

function contentOf(message: Fields): { text: string; file?: string; isLeftOut: boolean } {
  if (message.type === 'service') return { text: serviceText(message), isLeftOut: false };
  const path = textIn(message.photo) || textIn(message.file);
  const isLeftOut = /not included|exceeds maximum/i.test(path);
  const parts = [
    richText(message.text),
    isLeftOut ? `(${textIn(message.file_name) || textIn(message.media_type) || path})` : '',
    path === '' ? textIn(message.sticker_emoji) : '',
    pollText(fields(message.poll)),
    placeText(fields(message.location_information)),
    contactText(fields(message.contact_information)),
  ];
  const text = parts.filter((part) => part !== '').join('\n');
  return { text, isLeftOut, ...(path !== '' && !isLeftOut && { file: path }) };
}

/** Texts are strings, or lists of strings and entities. */
function richText(text: unknown): string {
  if (typeof text === 'string') return text;
  if (!Array.isArray(text)) return '';
  return text.map((part) => (typeof part === 'string' ? part : textIn(fields(part).text))).join('');
}

function serviceText(message: Fields): string {
  const who = textIn(message.actor);
  const what = textIn(message.action).replaceAll('_', ' ');
  const more = Array.isArray(message.members) ? message.members.map(textIn).filter(Boolean).join(', ') : '';
  return [who, what, textIn(message.title), more].filter((part) => part !== '').join(' · ');
}

function pollText({ question, answers }: Fields): string {
  const list = Array.isArray(answers) ? answers.map((one) => `• ${richText(fields(one).text)}`) : [];
  const asked = richText(question);
  return asked === '' ? '' : [asked, ...list].join('\n');
}

function placeText({ latitude, longitude }: Fields): string {
  return typeof latitude === 'number' && typeof longitude === 'number' ? `📍 ${latitude}, ${longitude}` : '';
}

function contactText({ first_name: first, last_name: last, phone_number: phone }: Fields): string {
  return [textIn(first), textIn(last), textIn(phone)].filter((part) => part !== '').join(' ');
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

const textIn = (value: unknown): string => (typeof value === 'string' ? value : '');
