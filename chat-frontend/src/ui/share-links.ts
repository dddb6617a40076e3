import { hashOf, parseRoute, type Route } from '../router.ts';

type BaseUrl = Pick<Location, 'origin' | 'pathname'>;

/** The invitation code in an input: the code itself, or the whole link. */
export function codeIn(text: string): string {
  return text.trim().replace(/^.*\/invite\//, '');
}

/** The page of a whole link of an invitation or a group; undefined for any other input. */
export function invitationIn(text: string): Extract<Route, { name: 'invite' | 'group' }> | undefined {
  const [, hash = ''] = text.split(/(?=#\/(?:invite|group)\/)/, 2);
  const route = parseRoute(hash.trim());
  return route.name === 'invite' || route.name === 'group' ? route : undefined;
}

/** The username in an input: the name itself, with or without one @ (also full-width) before it, or a whole add link. */
export function usernameIn(text: string): string {
  const [, hash] = text.split(/(?=#\/add\/)/, 2);
  const route = parseRoute(hash?.trim() ?? '');
  return route.name === 'add' ? route.username : text.trim().replace(/^[@＠﹫]\s*/, '');
}

/** The link of an invitation. The fragment after # is never sent to a server. */
export function inviteLink(code: string, base: BaseUrl): string {
  return linkTo(hashOf({ name: 'invite', code }), base);
}

/** The link that lets people into a group. */
export function groupLink(code: string, base: BaseUrl): string {
  return linkTo(hashOf({ name: 'group', code }), base);
}

/** The link by which other users of the server add a person as a friend. */
export function ownLink(username: string, base: BaseUrl): string {
  return linkTo(hashOf({ name: 'add', username }), base);
}

const linkTo = (hash: string, { origin, pathname }: BaseUrl) => `${origin}${pathname}${hash}`;
