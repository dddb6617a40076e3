import { isUsername } from '../../auth/accounts.ts';
import { foldName } from '../../storage/store.ts';

const MOST = 32;

/**
 * The name an imported account gets: its own where today's rule takes it and nobody has it, else the nearest one that
 * is free, by `isTaken` of the folded name.
 */
export function freeName(wanted: string, isTaken: (folded: string) => boolean): string {
  const own = wanted.normalize('NFKC');
  if (isUsername(own) && !isTaken(foldName(own))) return own;
  const plain = foldName(wanted)
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+|[._-]+$/g, '');
  const base = plain.length >= 3 ? plain.slice(0, MOST) : ['user', plain].filter(Boolean).join('-');
  if (!isTaken(base)) return base;
  for (let n = 2; ; n++) {
    const name = `${base.slice(0, MOST - 1 - String(n).length)}-${n}`;
    if (!isTaken(name)) return name;
  }
}
