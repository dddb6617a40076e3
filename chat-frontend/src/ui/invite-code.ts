/** The code in what somebody typed or pasted: the code itself, or the whole link. */
export function codeIn(text: string): string {
  return text.trim().replace(/^.*\/invite\//, '');
}

/** The link that carries a code to whoever follows it. The part after # never reaches a server. */
export function linkOf(code: string, { origin, pathname }: Pick<Location, 'origin' | 'pathname'>): string {
  return `${origin}${pathname}#/invite/${code}`;
}
