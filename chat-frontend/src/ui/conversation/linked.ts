import { el } from '../el.ts';

/** Where an address of the web may stand: to the next space, quotation mark, or sign that is not seen. */
const CANDIDATE = /\b(?:https?:\/\/|www\.)[^\s<>"“”\p{C}]+/giu;
/**
 * What is linked: a host of plain letters, since what looks like a bank's name may be of another alphabet, and nothing
 * before it that only looks like one (`https://bank.example@elsewhere.example`).
 */
const ADDRESS = /^(?:https?:\/\/|www\.)(?:[a-z0-9-]+\.)+[a-z0-9-]+(?::\d{1,5})?(?:[/?#]|$)/i;
const LONGEST = 2_048;
/** What ends a sentence, and the brackets that an address may have opened. */
const STOP = /[.,;:!?'’*]/;
const OPENED: Record<string, string> = { ')': '(', ']': '[', '}': '{' };
/** Ends a text that is folded, perhaps within an address, which then leads elsewhere. */
const CUT = '…';

/** The same text, with links where it names addresses of the web. */
export function linked(text: string): (string | HTMLAnchorElement)[] {
  const parts: (string | HTMLAnchorElement)[] = [];
  let done = 0;
  for (const { 0: found, index } of text.matchAll(CANDIDATE)) {
    const address = trimmed(found);
    const isWithin = /[\w@./-]/.test(text[index - 1] ?? '');
    if (isWithin || found.includes(CUT) || address.length > LONGEST || !ADDRESS.test(address)) continue;
    const href = /^www/i.test(address) ? `https://${address}` : address;
    const link = el('a', { href, target: '_blank', rel: 'noreferrer', dir: 'ltr' }, address);
    parts.push(text.slice(done, index), link);
    done = index + address.length;
  }
  return [...parts, text.slice(done)].filter((part) => part !== '');
}

/** Without what belongs to the sentence around it. */
function trimmed(found: string): string {
  let end = found.length;
  for (; end > 0; end--) {
    const last = found[end - 1] ?? '';
    const opened = OPENED[last];
    if (opened ? found.includes(opened) : !STOP.test(last)) break;
  }
  return found.slice(0, end);
}
