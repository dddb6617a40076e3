import { foldName } from './store.ts';

const MAX_LENGTH = 32;
const USERNAME = /^[a-z0-9][a-z0-9._-]{2,31}$/;

/** Whether registration accepts this username, in any case. */
export function isUsername(name: string): boolean {
  return USERNAME.test(foldName(name));
}

/**
 * The username for an account that is not registered but imported or repaired: the wanted one where it is valid and
 * free, or else the most similar one that is. `isTaken` is called with folded names.
 */
export function freeUsername(wanted: string, isTaken: (folded: string) => boolean): string {
  const own = wanted.normalize('NFKC');
  if (isUsername(own) && !isTaken(foldName(own))) return own;
  const plain = foldName(wanted)
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+|[._-]+$/g, '');
  const base = plain.length >= 3 ? plain.slice(0, MAX_LENGTH) : ['user', plain].filter(Boolean).join('-');
  if (!isTaken(base)) return base;
  for (let n = 2; ; n++) {
    const name = `${base.slice(0, MAX_LENGTH - 1 - String(n).length)}-${n}`;
    if (!isTaken(name)) return name;
  }
}
