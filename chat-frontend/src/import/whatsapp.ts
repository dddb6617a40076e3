import { possibleOrders, timeOf, type WrittenDate } from './date-order.ts';
import {
  createPauses,
  type DateOrder,
  MAX_PROBLEMS,
  type ParsedChat,
  type ParsedRow,
  type Pause,
  type Problem,
  piecesOf,
} from './imported-chat.ts';
import { readLineStart } from './whatsapp-line.ts';
import { readContent, splitAuthor } from './whatsapp-words.ts';

/** A message before the order of its date is known. */
type Draft = WrittenDate & { line: number; shown: string; rest: string };
const LONGEST_EXAMPLE = 120;

/**
 * Reads the text of a WhatsApp export, in pauses. Every line begins a message, goes on with one, or is among the problems.
 * `order` is what the person chose where dates can be read in several ways.
 * @throws the reason of `signal`
 */
export async function parseWhatsApp(
  text: string,
  { title, order, signal }: { title: string; order?: DateOrder | undefined; signal?: AbortSignal },
): Promise<ParsedChat> {
  const pause = createPauses(signal);
  const problems: Problem[] = [];
  let problemCount = 0;
  const report = (line: number, what: string) => {
    problemCount += 1;
    if (problems.length < MAX_PROBLEMS) problems.push({ line, text: what.slice(0, LONGEST_EXAMPLE) });
  };
  const { drafts, isTwelveHours } = await readDrafts(text, pause, report);
  const orders = possibleOrders(drafts, isTwelveHours);
  const chosen = order ?? orders[0] ?? 'dmy';

  const rows: ParsedRow[] = [];
  let leftOut = 0;
  let at = 0;
  for (const draft of drafts) {
    await pause();
    const time = timeOf(draft, chosen);
    if (time === undefined) report(draft.line, draft.shown);
    at = time ?? at;
    const { name, text: raw } = splitAuthor(draft.rest);
    const content = readContent(raw);
    if (content.isLeftOut) leftOut += 1;
    const some = rowsOf({ at, ...(name !== undefined && { name }) }, content);
    if (some.length === 0) report(draft.line, draft.rest);
    rows.push(...some);
  }
  const example = drafts.find(({ parts: [a, b] }) => a !== b)?.shown ?? '';
  return {
    source: 'whatsapp',
    title,
    rows,
    problems,
    problemCount,
    leftOut,
    ...(orders.length > 1 && { dates: { orders, example } }),
  };
}

async function readDrafts(
  text: string,
  pause: Pause,
  report: (line: number, what: string) => void,
): Promise<{ drafts: Draft[]; isTwelveHours: boolean }> {
  const drafts: Draft[] = [];
  let isTwelveHours = false;
  let more: string[] = [];
  const end = () => {
    const last = drafts.at(-1);
    if (last && more.length > 0) last.rest = [last.rest, ...more].join('\n');
    more = [];
  };
  let number = 0;
  for (const line of linesOf(text)) {
    number += 1;
    await pause();
    const start = readLineStart(line);
    if (!start) {
      if (drafts.length > 0) more.push(line);
      else if (line.trim() !== '') report(number, line);
      continue;
    }
    end();
    const [a, b, c] = start.date;
    isTwelveHours ||= start.isTwelveHours;
    drafts.push({
      parts: [Number(a), Number(b), Number(c)],
      dayMs: ((start.hour * 60 + start.minute) * 60 + start.second) * 1000,
      line: number,
      shown: `${a}${start.separator}${b}${start.separator}${c}`,
      rest: start.rest,
    });
  }
  end();
  return { drafts, isTwelveHours };
}

/** The lines of a text, one at a time: 200,000 of them need no second copy. */
function* linesOf(text: string): Generator<string> {
  for (let start = 0; start <= text.length; ) {
    const end = text.indexOf('\n', start);
    yield text.slice(start, end < 0 ? text.length : end);
    if (end < 0) return;
    start = end + 1;
  }
}

/** A message as rows that the box takes: a long text is several, an empty one none. */
function rowsOf(
  base: Pick<ParsedRow, 'at' | 'name'>,
  { text, file }: { text: string; file?: string },
): ParsedRow[] {
  const pieces = piecesOf(text);
  if (file !== undefined) {
    const [first = '', ...rest] = pieces;
    return [{ ...base, text: first, file }, ...rest.map((piece) => ({ ...base, text: piece }))];
  }
  return pieces.map((piece) => ({ ...base, text: piece }));
}
