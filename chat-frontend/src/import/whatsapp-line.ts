/** The beginning of a WhatsApp message: the three numbers of its date as written, its time, and the rest of the line. */
export type LineStart = {
  date: [string, string, string];
  separator: string;
  /** Hours of the day, with a.m. and p.m. already applied. */
  hour: number;
  minute: number;
  second: number;
  isTwelveHours: boolean;
  rest: string;
};

const DATE = String.raw`(\d{1,4})(\. ?|[/-])(\d{1,2})(?:\. ?|[/-])(\d{1,4})\.?`;
const TIME = String.raw`(\d{1,2})[.:](\d{2})(?:[.:](\d{2}))?(?: ?([ap])\. ?m\.?| ?([ap])m)?`;
/** iOS: `[31/12/23 21.05.33] Name: text`. Android: `12/31/23, 9:05 PM - Name: text`. */
const BRACKETS = new RegExp(String.raw`^\[${DATE},? (?:pukul |at )?${TIME}\] ?(.*)$`, 'is');
const DASH = new RegExp(`^${DATE},? (?:pukul |at )?${TIME} [-–] (.*)$`, 'is');
/** Left-to-right marks and the like, which iOS puts before its own words. */
export const MARKS = /[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;
/** A line that begins a message has its date in so many characters. */
const HEAD = 64;

/** The beginning of a message, undefined for a line that goes on with the one before. It looks at the head alone: linear. */
export function readLineStart(line: string): LineStart | undefined {
  const first = line.charCodeAt(0);
  // Most lines of long messages begin with a letter.
  if (!(first >= 48 && first <= 57) && first !== 91 && first < 0x200e) return undefined;
  const head = line.slice(0, HEAD);
  const bare = head.replace(MARKS, '').replace(/[\u00a0\u202f\u2009]/g, ' ');
  const found = BRACKETS.exec(bare) ?? DASH.exec(bare);
  if (!found) return undefined;
  const [, a = '', separator = '', b = '', c = '', hours, minutes, seconds = '0', dotted, plain, shown = ''] =
    found;
  const half = (dotted ?? plain)?.toLowerCase();
  const [hour, minute, second] = [Number(hours), Number(minutes), Number(seconds)];
  if (minute > 59 || second > 59 || hour > 23 || (half && (hour > 12 || hour < 1))) return undefined;
  return {
    date: [a, b, c],
    separator: separator.trim(),
    hour: half ? (hour % 12) + (half === 'p' ? 12 : 0) : hour,
    minute,
    second,
    isTwelveHours: half !== undefined,
    rest: restOf(line, shown),
  };
}

/** The part of the line after its date, as it is written: the head was cleaned to be compared. */
function restOf(line: string, shown: string): string {
  let [left, index] = [shown.length, Math.min(line.length, HEAD)];
  // Characters that were left out of the head are not counted.
  while (left > 0 && index > 0) {
    index -= 1;
    if (!isMark(line.charCodeAt(index))) left -= 1;
  }
  while (index > 0 && isMark(line.charCodeAt(index - 1))) index -= 1;
  return line.slice(index);
}

const isMark = (code: number) =>
  code === 0x200e ||
  code === 0x200f ||
  (code >= 0x202a && code <= 0x202e) ||
  (code >= 0x2066 && code <= 0x2069) ||
  code === 0xfeff;
