import type { Id } from '../../chat-core/src/wire/wire.ts';

export type Route =
  | { name: 'login' | 'register' | 'reset'; next?: string; invite?: string; code?: string }
  | { name: (typeof PLAIN)[number] }
  | { name: 'chat' | 'search'; conversationId: Id }
  | { name: 'contact'; userId: Id }
  | { name: 'invite'; code: string }
  /** Where the provider of a login has sent the browser back to. */
  | { name: 'oidc'; code: string }
  /** The link of a group, also for visitors. */
  | { name: 'group'; code: string }
  | { name: 'group-info'; conversationId: Id; page?: GroupPage }
  /** What was sent in a conversation: its pictures and videos, or its links or other files. */
  | { name: 'media'; conversationId: Id; page?: MediaPage }
  /** The owner's pages: `''`, `people`, `people/<id>` and so on. */
  | { name: 'owner'; page: string }
  /** The personal link of a user: to add them. */
  | { name: 'add'; username: string };

/** The pages of a group beside its info. */
export type GroupPage = (typeof GROUP_PAGES)[number];
export type MediaPage = (typeof MEDIA_PAGES)[number];

const PLAIN = [
  'chats',
  'new-group',
  'add-friend',
  'requests',
  'starred',
  'invites',
  'profile',
  'privacy',
  'blocked',
  'password',
  'security',
  'settings',
  'notifications',
  'appearance',
  'data',
  'import',
] as const;
const GROUP_PAGES = ['add', 'links', 'settings'] as const;
const MEDIA_PAGES = ['links', 'files'] as const;
const PUBLIC = ['login', 'register', 'reset'] as const;
const CODE = /^[\w-]{1,128}$/;
/** Of a username in a link; imported usernames are longer than registered ones. */
const MAX_NAME_LENGTH = 256;

/** The page of a hash such as `#/chat/<id>`; anything unknown is the list of chats. */
export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const [name = '', id = '', subpage] = path.split('/');
  const publicName = PUBLIC.find((known) => known === name);
  if (publicName) return { name: publicName, ...readQuery(query) };
  if (/^[\w-]{1,64}$/.test(id)) {
    if (name === 'chat' || name === 'search') return { name, conversationId: id };
    if (name === 'contact') return { name, userId: id };
    const pageOf = <Page>(pages: readonly Page[]) => {
      const page = pages.find((known) => known === subpage);
      return page ? { page } : {};
    };
    if (name === 'group-info') return { name, conversationId: id, ...pageOf(GROUP_PAGES) };
    if (name === 'media') return { name, conversationId: id, ...pageOf(MEDIA_PAGES) };
  }
  if ((name === 'invite' || name === 'group') && CODE.test(id)) return { name, code: id };
  if (name === 'oidc') return { name, code: id };
  if (name === 'owner') return { name, page: path.slice(6) };
  const username = name === 'add' ? usernameIn(id) : '';
  if (username) return { name: 'add', username };
  return { name: PLAIN.find((known) => known === name) ?? 'chats' };
}

function usernameIn(encoded: string): string {
  try {
    return decodeURIComponent(encoded).slice(0, MAX_NAME_LENGTH);
  } catch {
    return '';
  }
}

function readQuery(query: string): { next?: string; invite?: string; code?: string } {
  const params = new URLSearchParams(query);
  const [next, invite, code] = ['next', 'invite', 'code'].map((name) => params.get(name));
  return {
    ...(next?.startsWith('#/') ? { next } : {}),
    ...(invite && CODE.test(invite) ? { invite } : {}),
    ...(code && CODE.test(code) ? { code } : {}),
  };
}

/** The hash of a page. */
export function hashOf(route: Route): string {
  switch (route.name) {
    case 'chat':
    case 'search':
      return `#/${route.name}/${route.conversationId}`;
    case 'contact':
      return `#/contact/${route.userId}`;
    case 'group-info':
    case 'media':
      return `#/${route.name}/${route.conversationId}${route.page ? `/${route.page}` : ''}`;
    case 'invite':
    case 'oidc':
    case 'group':
      return `#/${route.name}/${route.code}`;
    case 'owner':
      return `#/owner/${route.page}`;
    case 'add':
      return `#/add/${encodeURIComponent(route.username)}`;
    case 'login':
    case 'register':
    case 'reset': {
      const { name, ...query } = route;
      const text = String(new URLSearchParams(query));
      return `#/${name}${text ? `?${text}` : ''}`;
    }
    default:
      return `#/${route.name}`;
  }
}

/** Whether a page is for visitors who are not signed in. */
export function isPublic(route: Route): route is Extract<Route, { name: (typeof PUBLIC)[number] }> {
  return PUBLIC.some((name) => name === route.name);
}

/**
 * The page that a visitor may see: signed out only login, register and reset, with the requested page in the URL; signed
 * in every other page; an invitation, the link of a group or the return from the provider in both cases.
 */
export function allowed(route: Route, signedIn: boolean): Route {
  if (['invite', 'group', 'oidc'].includes(route.name)) return route;
  const isPublicRoute = isPublic(route);
  if (signedIn && isPublicRoute) {
    const requested = parseRoute(route.next ?? '');
    return isPublic(requested) ? { name: 'chats' } : requested;
  }
  if (signedIn || isPublicRoute) return route;
  return route.name === 'chats' ? { name: 'login' } : { name: 'login', next: hashOf(route) };
}
