import { expect, test } from 'vitest';
import { allowed, hashOf, parseRoute, type Route } from './router.ts';

const id = '0b8f2c1e-5a5b-4c55-9d0a-0f5f1c2d3e4f';
const routes: Route[] = [
  { name: 'login' },
  { name: 'register', next: `#/chat/${id}` },
  { name: 'chats' },
  { name: 'add-friend' },
  { name: 'password' },
  { name: 'security' },
  { name: 'settings' },
  { name: 'requests' },
  { name: 'invites' },
  { name: 'profile' },
  { name: 'privacy' },
  { name: 'appearance' },
  { name: 'data' },
  { name: 'blocked' },
  { name: 'reset' },
  { name: 'register', invite: 'Zx8k-Q2_m' },
  { name: 'chat', conversationId: id },
  { name: 'contact', userId: id },
  { name: 'invite', code: 'Zx8k-Q2_m' },
  { name: 'group', code: 'Zx8k-Q2_m' },
  { name: 'new-group' },
  { name: 'group-info', conversationId: id },
  { name: 'group-info', conversationId: id, page: 'links' },
  { name: 'media', conversationId: id },
  { name: 'media', conversationId: id, page: 'links' },
  { name: 'add', username: 'budi.santoso' },
  { name: 'add', username: 'Pak Joko / ?#%' },
];

test.each(routes)('the page $name is written to a hash and read back', (route) => {
  expect(parseRoute(hashOf(route))).toEqual(route);
});

test.each([
  '',
  '#',
  '#/',
  '#/nowhere',
  '#/chat/',
  '#/chat/../x',
  '#/chat/%3Cimg%3E',
  '#//evil.example',
  '#/invite/',
  '#/invite/a%20b',
  '#/contact/',
  '#/group/',
  '#/group-info/',
  '#/media/',
  '#/add/',
  '#/add/%E0%A4',
])('an unknown hash (%s) is the list of chats', (hash) => {
  expect(parseRoute(hash)).toEqual({ name: 'chats' });
});

test('a deep link of a visitor who is signed out leads to the login and back afterwards', () => {
  const requested = parseRoute(`#/chat/${id}`);
  const login = allowed(requested, false);
  expect(hashOf(login)).toBe(`#/login?next=%23%2Fchat%2F${id}`);
  expect(allowed(parseRoute(hashOf(login)), true)).toEqual(requested);
});

test('login and registration lead to the chats when signed in', () => {
  expect(allowed({ name: 'login' }, true)).toEqual({ name: 'chats' });
  expect(allowed({ name: 'register' }, true)).toEqual({ name: 'chats' });
  expect(allowed({ name: 'login', next: '#/login' }, true)).toEqual({ name: 'chats' });
});

test('a login never leads to a foreign URL', () => {
  for (const next of ['https://evil.example', '//evil.example', 'javascript:alert(1)', '#/../x']) {
    const login = parseRoute(`#/login?${new URLSearchParams({ next })}`);
    expect(allowed(login, true)).toEqual({ name: 'chats' });
  }
});

test('a page that the visitor may see is shown', () => {
  expect(allowed({ name: 'settings' }, true)).toEqual({ name: 'settings' });
  expect(allowed({ name: 'register' }, false)).toEqual({ name: 'register' });
});

test('an unknown page of a group is its info', () => {
  expect(parseRoute(`#/group-info/${id}/../links`)).toEqual({ name: 'group-info', conversationId: id });
});

test.each(['invite', 'group'] as const)('the link of an %s is shown signed in and signed out', (name) => {
  const link: Route = { name, code: 'Zx8k' };
  expect(allowed(link, false)).toEqual(link);
  expect(allowed(link, true)).toEqual(link);
});

test('the link of a password reset holds its code, also in another order and never as markup', () => {
  const route: Route = { name: 'reset', code: '7ZK4-Q0WD' };
  expect(hashOf(route)).toBe('#/reset?code=7ZK4-Q0WD');
  expect(parseRoute('#/reset?code=7ZK4-Q0WD')).toEqual(route);
  expect(allowed(route, false)).toEqual(route);
  expect(parseRoute('#/reset?code=%3Cb%3E')).toEqual({ name: 'reset' });
});

test('a password reset leads back to the requested page, and is not shown when signed in', () => {
  const reset = parseRoute(`#/reset?${new URLSearchParams({ next: '#/settings' })}`);
  expect(allowed(reset, false)).toEqual({ name: 'reset', next: '#/settings' });
  expect(allowed(reset, true)).toEqual({ name: 'settings' });
});
