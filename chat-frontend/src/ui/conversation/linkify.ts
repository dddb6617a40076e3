import { el } from '../el.ts';

/**
 * Where an address of the web may stand: to the next space, quotation mark, backtick, punctuation of a script that
 * writes without spaces, or sign that is not seen.
 */
const CANDIDATE =
  /\b(?:https?:\/\/|www\.)[^\s<>"“”„«»‹›`\p{C}\u3001-\u3003\u3008-\u3011\u3014-\u301F\uFF01\uFF02\uFF08\uFF09\uFF0C\uFF0E\uFF1A\uFF1B\uFF1C\uFF1E\uFF1F\uFF3B\uFF3D\uFF40\uFF5B\uFF5D\uFF5F-\uFF64]+/giu;
/**
 * What is linked: a host of plain letters, since what looks like a bank's name may be of another alphabet, and nothing
 * before it that only looks like one (`https://bank.example@elsewhere.example`).
 */
const ADDRESS = /^(?:https?:\/\/|www\.)(?:[a-z0-9-]+\.)+[a-z0-9-]+(?::\d{1,5})?(?:[/?#]|$)/i;
const MAX_CHARS = 2_048;
/** What ends a sentence in any script, or begins a bracket, at the end of an address. */
const STOP = /[.,;:!?'‘’*|([{،؛؟۔।॥։።၊။។]/;
const BRACKETS = ['()', '[]', '{}'] as const;
/** Ends a text that is folded, perhaps within an address, which then leads elsewhere. */
const CUT = '…';

/** The same text, with links where it names addresses of the web. */
export function linked(text: string): (string | HTMLAnchorElement)[] {
  const parts: (string | HTMLAnchorElement)[] = [];
  let done = 0;
  for (const { 0: found, index } of text.matchAll(CANDIDATE)) {
    const address = trimmed(found);
    const isWithin = /[\w@./-]/.test(text[index - 1] ?? '');
    const href = isWithin || found.includes(CUT) ? undefined : hrefOf(address);
    if (!href) continue;
    const link = el('a', { href, target: '_blank', rel: 'noreferrer', dir: 'ltr' }, address);
    parts.push(text.slice(done, index), link);
    done = index + address.length;
  }
  return [...parts, text.slice(done)].filter((part) => part !== '');
}

/** Where an address leads, if a browser understands it (a port up to 65535) and by the very host that is shown. */
function hrefOf(address: string): string | undefined {
  if (address.length > MAX_CHARS || !ADDRESS.test(address)) return undefined;
  const href = /^www/i.test(address) ? `https://${address}` : address;
  const [, shown = ''] = /^https?:\/\/([^:/?#]+)/i.exec(href) ?? [];
  try {
    // 0x7f.1 and 1.2.3 are numbers of other hosts.
    return new URL(href).hostname === shown.toLowerCase() ? href : undefined;
  } catch {
    return undefined;
  }
}

/** Without what belongs to the sentence around it: a bracket that closes does unless the address itself opened it. */
function trimmed(found: string): string {
  const count = (sign: string) => found.split(sign).length - 1;
  /** Of each closing bracket, how many more there are than were opened. */
  const surplus = new Map(
    BRACKETS.map(([opening = '', closing = '']) => [closing, count(closing) - count(opening)]),
  );
  let end = found.length;
  for (; end > 0; end--) {
    const last = found[end - 1] ?? '';
    const left = surplus.get(last);
    if (left === undefined ? !STOP.test(last) : left <= 0) break;
    if (left !== undefined) surplus.set(last, left - 1);
  }
  return found.slice(0, end);
}
