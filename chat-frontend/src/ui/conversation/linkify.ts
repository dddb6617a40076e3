import { el } from '../el.ts';

/**
 * What may be a URL: up to the next space, quotation mark, backtick, punctuation of a script that is written without
 * spaces, or invisible character.
 */
const CANDIDATE =
  /\b(?:https?:\/\/|www\.)[^\s<>"“”„«»‹›`\p{C}\u3001-\u3003\u3008-\u3011\u3014-\u301F\uFF01\uFF02\uFF08\uFF09\uFF0C\uFF0E\uFF1A\uFF1B\uFF1C\uFF1E\uFF1F\uFF3B\uFF3D\uFF40\uFF5B\uFF5D\uFF5F-\uFF64]+/giu;
/**
 * Only a host of ASCII letters is linked, since letters of another alphabet can imitate the name of a bank, and no URL
 * with user information, which can imitate a host (`https://bank.example@elsewhere.example`).
 */
const PLAIN_URL = /^(?:https?:\/\/|www\.)(?:[a-z0-9-]+\.)+[a-z0-9-]+(?::\d{1,5})?(?:[/?#]|$)/i;
const MAX_CHARS = 2_048;
/**
 * What is a link without `https://`: an e-mail address; a domain in small letters under a common ending, since a sentence
 * may go on after a full stop without a space; a phone number that begins with + or 0. Not inside a word or a number.
 */
const BARE = new RegExp(
  [
    '(?<![\\p{L}\\p{M}\\p{N}_@./:+\\\\-])(?:',
    '(?<mail>[a-z0-9][a-z0-9._%+-]{0,63}@(?:[a-z0-9-]{1,63}\\.){1,4}[a-z]{2,24})',
    '|(?<domain>(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\\.){1,4}',
    '(?:com|net|org|id|io|dev|app|info|edu|gov|xyz|tv|sg|my|uk|eu|de|nl|jp|au|online|site|store|shop)',
    '(?:/[a-z0-9/_%=&?#~+-]{0,200})?)',
    '|(?<phone>(?:\\+[1-9]|0)\\d(?:[ -]?\\d){6,13})',
    ')(?![\\p{L}\\p{M}\\p{N}_@]|[.:,/-][\\p{L}\\p{N}])',
  ].join(''),
  'gu',
);
/** At the end of a URL these belong to the sentence: punctuation of any script, and opening brackets. */
const TRAILING = /[.,;:!?'‘’*|([{،؛؟۔।॥։።၊။។]/;
const BRACKETS = ['()', '[]', '{}'] as const;
/** Ends a collapsed text, perhaps within a URL, which would then lead elsewhere. */
const ELLIPSIS = '…';

/** A part of a text that is a link. */
export type FoundLink = { start: number; end: number; href: string };

/** The URLs, domains, e-mail addresses and phone numbers of a text, in order; none overlaps another. */
export function findLinks(text: string): FoundLink[] {
  const links: FoundLink[] = [];
  for (const { 0: found, index } of text.matchAll(CANDIDATE)) {
    const url = trimTrailing(found);
    const isInsideWord = /[\w@./-]/.test(text[index - 1] ?? '');
    const href = isInsideWord || found.includes(ELLIPSIS) ? undefined : hrefOf(url);
    if (href) links.push({ start: index, end: index + url.length, href });
  }
  for (const { groups = {}, index } of text.matchAll(BARE)) {
    const { mail, domain, phone } = groups;
    const shown = mail ?? domain ?? phone ?? '';
    const end = index + shown.length;
    const isFree = links.every((link) => link.end <= index || link.start >= end);
    const isCut = text[end] === ELLIPSIS;
    const href = mail ? `mailto:${mail}` : domain ? hrefOf(`https://${domain}`) : telOf(shown);
    if (isFree && !isCut && href) links.push({ start: index, end, href });
  }
  return links.sort((a, b) => a.start - b.start);
}

/** The same text, with its links as links. */
export function linkify(text: string): (string | HTMLAnchorElement)[] {
  const parts: (string | HTMLAnchorElement)[] = [];
  let from = 0;
  for (const { start, end, href } of findLinks(text)) {
    const isPage = href.startsWith('http');
    const place = isPage ? { target: '_blank', rel: 'noreferrer' } : {};
    parts.push(text.slice(from, start), el('a', { href, ...place, dir: 'ltr' }, text.slice(start, end)));
    from = end;
  }
  return [...parts, text.slice(from)].filter((part) => part !== '');
}

/** A phone number as it is dialled: 8 to 15 digits (E.164), with its plus. */
function telOf(shown: string): string | undefined {
  const digits = shown.replace(/\D/g, '');
  if (digits.length < 9 || digits.length > 15) return undefined;
  return `tel:${shown.startsWith('+') ? '+' : ''}${digits}`;
}

/** Where a URL leads, if a browser accepts it (a port up to 65535) and goes to the very host that is shown. */
function hrefOf(url: string): string | undefined {
  if (url.length > MAX_CHARS || !PLAIN_URL.test(url)) return undefined;
  const href = /^www/i.test(url) ? `https://${url}` : url;
  const [, shown = ''] = /^https?:\/\/([^:/?#]+)/i.exec(href) ?? [];
  try {
    // A browser reads 0x7f.1 and 1.2.3 as IP addresses of other hosts.
    return new URL(href).hostname === shown.toLowerCase() ? href : undefined;
  } catch {
    return undefined;
  }
}

/** Without the punctuation of the sentence around it; a closing bracket stays if the URL itself opened it. */
function trimTrailing(found: string): string {
  const count = (bracket: string) => found.split(bracket).length - 1;
  /** How many more closing than opening brackets there are, by closing bracket. */
  const surplus = new Map(
    BRACKETS.map(([opening = '', closing = '']) => [closing, count(closing) - count(opening)]),
  );
  let end = found.length;
  for (; end > 0; end--) {
    const last = found[end - 1] ?? '';
    const unopened = surplus.get(last);
    if (unopened === undefined ? !TRAILING.test(last) : unopened <= 0) break;
    if (unopened !== undefined) surplus.set(last, unopened - 1);
  }
  return found.slice(0, end);
}
