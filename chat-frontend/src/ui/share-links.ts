import { hashOf, parseRoute } from '../router.ts';

type Place = Pick<Location, 'origin' | 'pathname'>;

/** The code in what somebody typed or pasted: the code itself, or the whole link. */
export function codeIn(text: string): string {
  return text.trim().replace(/^.*\/invite\//, '');
}

/** The code of an invitation whose whole link was typed or pasted; undefined for anything else. */
export function invitationIn(text: string): string | undefined {
  const [, hash = ''] = text.split(/(?=#\/invite\/)/, 2);
  const route = parseRoute(hash.trim());
  return route.name === 'invite' ? route.code : undefined;
}

/**
 * The username in what somebody typed or pasted: itself, alone or after one @ (also of full width) as the page shows
 * it, or that of somebody's own link.
 */
export function usernameIn(text: string): string {
  const [, hash] = text.split(/(?=#\/add\/)/, 2);
  const route = parseRoute(hash?.trim() ?? '');
  return route.name === 'add' ? route.username : text.trim().replace(/^[@＠﹫]\s*/, '');
}

/** The link that carries a code to whoever follows it. The part after # never reaches a server. */
export function inviteLink(code: string, place: Place): string {
  return linkTo(hashOf({ name: 'invite', code }), place);
}

/** The link by which others on the box add somebody. */
export function ownLink(username: string, place: Place): string {
  return linkTo(hashOf({ name: 'add', username }), place);
}

const linkTo = (hash: string, { origin, pathname }: Place) => `${origin}${pathname}${hash}`;
