import { expect, test } from 'vitest';
import type { GroupMember, GroupRole } from '../../../../chat-core/src/wire/wire.ts';
import { heirOf, isOnlyOwner, listed, memberActions } from './rights.ts';

const member = (id: string, role: GroupRole): GroupMember => ({ id, username: id, role });
const ids = (members: readonly GroupMember[]) => members.map(({ id }) => id).join(' ');

test.each([
  ['owner', 'owner', 'makeAdmin makeMember remove'],
  ['owner', 'admin', 'makeOwner makeMember remove'],
  ['owner', 'member', 'makeOwner makeAdmin remove'],
  ['admin', 'owner', ''],
  ['admin', 'admin', 'makeMember remove'],
  ['admin', 'member', 'makeAdmin remove'],
  ['member', 'owner', ''],
  ['member', 'admin', ''],
  ['member', 'member', ''],
] as const)('in a group an %s may do this to an %s: %s', (own, other, expected) => {
  expect(memberActions(own, other).join(' ')).toBe(expected);
});

test('the only owner is succeeded by the oldest admin, else by the oldest member, else by no one', () => {
  const owner = member('sari', 'owner');
  const [budi, dewi] = [member('budi', 'member'), member('dewi', 'admin')];
  expect(heirOf([owner, budi, dewi], 'sari')).toBe(dewi);
  expect(heirOf([owner, budi], 'sari')).toBe(budi);
  expect(heirOf([owner], 'sari')).toBeUndefined();
});

test('a person is the only owner while no other member owns the group', () => {
  const sari = member('sari', 'owner');
  expect(isOnlyOwner([sari, member('budi', 'admin')], 'sari')).toBe(true);
  expect(isOnlyOwner([sari, member('budi', 'owner')], 'sari')).toBe(false);
  expect(isOnlyOwner([sari, member('budi', 'admin')], 'budi')).toBe(false);
});

test('members are listed by rank, then by name', () => {
  const members = [
    member('wati', 'member'),
    member('joko', 'admin'),
    member('agus', 'member'),
    member('sari', 'owner'),
  ];
  expect(ids(listed(members, ({ id }) => id))).toBe('sari joko agus wati');
});
