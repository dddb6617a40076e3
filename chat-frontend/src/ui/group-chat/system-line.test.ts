import { expect, test } from 'vitest';
import type { GroupEvent } from '../../../../chat-core/src/wire/wire.ts';
import {
  after,
  budi,
  citra,
  delta,
  groupConversation,
  groupId,
  inGroup,
  me,
  message,
  start,
} from '../../../test/support/factories.ts';
import { enLazy } from '../../i18n/en/lazy.ts';
import { en } from '../../i18n/en.ts';
import { createI18n } from '../../i18n/i18n.ts';
import { idLazy } from '../../i18n/id/lazy.ts';
import { id } from '../../i18n/id.ts';
import { listNames, whoTypes } from './group-names.ts';
import { systemLine } from './system-line.ts';

const indonesian = createI18n('id', { ...id, ...idLazy });
const english = createI18n('en', { ...en, ...enLazy });
const state = after(...start(0), delta({ conversations: [groupConversation(1)] }));
const lines = (actorId: string, event: GroupEvent) =>
  [indonesian, english].map((i18n) => systemLine(i18n, state, groupId, actorId, event));

test('a system row says in both languages who did what to whom', () => {
  expect(lines(budi.id, { type: 'added', userIds: [citra.id] })).toEqual([
    'Budi menambahkan Citra',
    'Budi added Citra',
  ]);
  expect(lines(budi.id, { type: 'added', userIds: [citra.id, me.id] })).toEqual([
    'Budi menambahkan Citra dan kamu',
    'Budi added Citra and you',
  ]);
  expect(lines(me.id, { type: 'removed', userIds: [citra.id] })).toEqual([
    'Kamu mengeluarkan Citra',
    'You removed Citra',
  ]);
  expect(lines(citra.id, { type: 'left' })).toEqual(['Citra keluar', 'Citra left']);
  expect(lines(me.id, { type: 'role', userIds: [me.id], role: 'member' })).toEqual([
    'Kamu menjadikan dirimu sendiri anggota biasa',
    'You made yourself an ordinary member',
  ]);
});

test('each kind of system row has a sentence', () => {
  const types = ['created', 'joined', 'renamed', 'picture', 'permissions', 'newcomersRead'] as const;
  for (const type of types) {
    for (const line of lines(budi.id, { type })) expect(line).toMatch(/^Budi \S/);
  }
  for (const role of ['owner', 'admin', 'member'] as const) {
    for (const line of lines(budi.id, { type: 'role', userIds: [citra.id], role }))
      expect(line).toMatch(/^Budi .*Citra/);
  }
});

test('a person who is a member no more is named as their messages say', () => {
  const dewi = { id: 'dewi', username: 'Dewi' };
  const last = inGroup({ ...message(1, { senderId: dewi.id }), former: [dewi] });
  const chat = delta({ conversations: [groupConversation(1, { last })] });
  const now = after(...start(0), chat);
  expect(systemLine(english, now, groupId, dewi.id, { type: 'left' })).toBe('Dewi left');
  expect(systemLine(english, now, 'another group', dewi.id, { type: 'left' })).toBe('Former member left');
  const removed = systemLine(english, now, groupId, budi.id, { type: 'removed', userIds: [dewi.id] });
  expect(removed).toBe('Budi removed Dewi');
});

test('a person of whom nothing is known was a member', () => {
  expect(lines('long gone', { type: 'left' })).toEqual(['Mantan anggota keluar', 'Former member left']);
});

test('more than five names are counted', () => {
  expect(listNames(english, ['a', 'b', 'c', 'd', 'e', 'f', 'g'])).toBe('a, b, c, d, e, and 2 others');
});

test('who types is named, up to two people', () => {
  const typing = (...ids: string[]) =>
    [indonesian, english].map((i18n) => whoTypes(i18n, state, groupId, ids));
  expect(typing()).toEqual(['', '']);
  expect(typing(budi.id)).toEqual(['Budi sedang mengetik…', 'Budi is typing…']);
  expect(typing(budi.id, citra.id)).toEqual([
    'Budi dan Citra sedang mengetik…',
    'Budi and Citra are typing…',
  ]);
  expect(typing('a', 'b', 'c')).toEqual(['3 orang sedang mengetik…', '3 people are typing…']);
});
