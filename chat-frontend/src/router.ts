import type { Id } from '../../chat-core/src/wire.ts';

export type Route =
  | { name: 'login' | 'register'; next?: string }
  | { name: 'chats' | 'add-friend' | 'password' | 'settings' | 'notifications' }
  | { name: 'chat'; conversationId: Id };

const PLAIN = ['chats', 'add-friend', 'password', 'settings', 'notifications'] as const;

/** The page of a hash such as `#/chat/<id>`; anything unknown is the list of chats. */
export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const [name = '', id = ''] = path.split('/');
  if (name === 'login' || name === 'register') {
    const next = new URLSearchParams(query).get('next');
    return next?.startsWith('#/') ? { name, next } : { name };
  }
  if (name === 'chat' && /^[\w-]{1,64}$/.test(id)) return { name, conversationId: id };
  return { name: PLAIN.find((known) => known === name) ?? 'chats' };
}

/** The hash of a page. */
export function hashOf(route: Route): string {
  if (route.name === 'chat') return `#/chat/${route.conversationId}`;
  const next = 'next' in route && route.next ? `?${new URLSearchParams({ next: route.next })}` : '';
  return `#/${route.name}${next}`;
}

/**
 * Where a visitor may be: signed out only at log in and register, with the page they wanted kept in the address;
 * signed in everywhere else.
 */
export function allowed(route: Route, signedIn: boolean): Route {
  const outside = route.name === 'login' || route.name === 'register';
  if (signedIn && outside) {
    const wanted = parseRoute(route.next ?? '');
    return wanted.name === 'login' || wanted.name === 'register' ? { name: 'chats' } : wanted;
  }
  if (signedIn || outside) return route;
  return route.name === 'chats' ? { name: 'login' } : { name: 'login', next: hashOf(route) };
}
