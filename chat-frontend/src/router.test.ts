import { expect, test } from 'vitest';
import { allowed, hashOf, parseRoute, type Route } from './router.ts';

const id = '0b8f2c1e-5a5b-4c55-9d0a-0f5f1c2d3e4f';
const routes: Route[] = [
  { name: 'login' },
  { name: 'register', next: `#/chat/${id}` },
  { name: 'chats' },
  { name: 'add-friend' },
  { name: 'password' },
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
  { name: 'add', username: 'budi.santoso' },
  { name: 'add', username: 'Pak Joko / ?#%' },
];

test.each(routes)('$name is written and read back as the same page', (route) => {
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
  '#/add/',
  '#/add/%E0%A4',
])('an unknown address (%s) is the list of chats', (hash) => {
  expect(parseRoute(hash)).toEqual({ name: 'chats' });
});

test('signed out, a deep link goes to log in and comes back afterwards', () => {
  const wanted = parseRoute(`#/chat/${id}`);
  const login = allowed(wanted, false);
  expect(hashOf(login)).toBe(`#/login?next=%23%2Fchat%2F${id}`);
  expect(allowed(parseRoute(hashOf(login)), true)).toEqual(wanted);
});

test('signed in, log in and register lead to the chats', () => {
  expect(allowed({ name: 'login' }, true)).toEqual({ name: 'chats' });
  expect(allowed({ name: 'register' }, true)).toEqual({ name: 'chats' });
  expect(allowed({ name: 'login', next: '#/login' }, true)).toEqual({ name: 'chats' });
});

test('a foreign address is never gone to after log in', () => {
  for (const next of ['https://evil.example', '//evil.example', 'javascript:alert(1)', '#/../x']) {
    const login = parseRoute(`#/login?${new URLSearchParams({ next })}`);
    expect(allowed(login, true)).toEqual({ name: 'chats' });
  }
});

test('a page both may see stays', () => {
  expect(allowed({ name: 'settings' }, true)).toEqual({ name: 'settings' });
  expect(allowed({ name: 'register' }, false)).toEqual({ name: 'register' });
});

test('an invitation is followed signed in and signed out', () => {
  const invite: Route = { name: 'invite', code: 'Zx8k' };
  expect(allowed(invite, false)).toEqual(invite);
  expect(allowed(invite, true)).toEqual(invite);
});

test('who forgot the password comes back to the page they wanted; signed in nobody resets', () => {
  const reset = parseRoute(`#/reset?${new URLSearchParams({ next: '#/settings' })}`);
  expect(allowed(reset, false)).toEqual({ name: 'reset', next: '#/settings' });
  expect(allowed(reset, true)).toEqual({ name: 'settings' });
});
