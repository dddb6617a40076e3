import { expect, it } from 'vitest';
import { z } from 'zod';
import { authorise } from './access.ts';
import { type Route, route } from './route.ts';

const planted = (method: Route['method'], path: string, who: Route['who']): Route =>
  route({ method, path, who, summary: '', answer: z.null(), errors: [], handle: () => undefined });
const table = { 'GET /mine': { reach: 'own' }, 'POST /mine': { reach: 'people', self: 'myId' } } as const;
const mine = [planted('get', '/mine', 'user'), planted('post', '/mine', 'user')];

it('routes are served as the table of access says, with the field that must be the caller’s own id', () => {
  expect(authorise(mine, table).map(({ path, self }) => [path, self])).toEqual([
    ['/mine', undefined],
    ['/mine', 'myId'],
  ]);
});

it.each([
  ['has no row', [...mine, planted('get', '/planted', 'anyone')], 'GET /planted has no row'],
  [
    'has a row under another method',
    [...mine, planted('delete', '/mine', 'user')],
    'DELETE /mine has no row',
  ],
  ['is there twice', [...mine, mine[0] as Route], 'GET /mine is served by two routes'],
  [
    'asks for no login where its row does',
    [planted('get', '/mine', 'anyone'), mine[1] as Route],
    "for 'user'",
  ],
  ['is missing, and its row is left', mine.slice(1), 'GET /mine is in the table of access, and there is no'],
])('a route that %s is an error that names it', (_, routes, sentence) => {
  expect(() => authorise(routes, table)).toThrow(sentence);
});
