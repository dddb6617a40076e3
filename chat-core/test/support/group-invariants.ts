import { expect } from 'vitest';
import type { GroupInfo, GroupRole, Id, Message } from '../../src/wire/wire.ts';
import type { Person } from './person.ts';

/** What is left of a group: its members with their roles, and all rows since the first. */
export type GroupState = { members: Map<Id, GroupRole>; rows: Message[] };

/**
 * Reads a group as each of these people: all members see the same, and everyone else is refused everywhere. Undefined
 * where it has no members any more.
 */
export async function readGroup(
  conversationId: Id,
  people: readonly Person[],
): Promise<GroupState | undefined> {
  const states = await Promise.all(
    people.map(async (person) => {
      const info = await person.get(`/groups/${conversationId}`);
      const path = `/chat/history?myId=${person.id}&conversationId=${conversationId}&limit=200`;
      const history = await person.get(path);
      expect(history.status).toBe(info.status);
      if (info.status !== 200) {
        expect([info, history].map(({ body }) => (body as { code: string }).code)).toEqual([
          'NOT_MEMBER',
          'NOT_MEMBER',
        ]);
        return { person, state: undefined };
      }
      const { members, fromSeq } = info.body as GroupInfo;
      expect(new Set(members.map(({ id }) => id)).size).toBe(members.length);
      const rows = (history.body as Message[]).map(({ former: _, ...row }) => row);
      expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, index) => fromSeq + index));
      return { person, state: { members: new Map(members.map(({ id, role }) => [id, role])), rows } };
    }),
  );
  const inside = states.flatMap(({ state }) => state ?? []);
  const whole = inside.find(({ rows }) => rows[0]?.seq === 1);
  for (const { members } of inside) expect(members).toEqual(whole?.members);
  const readers = states.filter(({ state }) => state).map(({ person }) => person.id);
  expect([...(whole?.members.keys() ?? [])].toSorted()).toEqual(readers.toSorted());
  return whole;
}

/**
 * Checks that the system rows of a group tell how its members became what they are, as each change is one commit with its
 * row; that only members wrote; that there is an owner, and no more members than `limit`.
 */
export function checkGroup({ members, rows }: GroupState, limit: number): void {
  const roles = new Map<Id, GroupRole>();
  for (const { senderId, event } of rows) {
    const { type, userIds = [], role = 'member' } = event ?? {};
    if (type === 'created') roles.set(senderId, 'owner');
    if (type === 'joined') {
      expect(roles.has(senderId)).toBe(false);
      roles.set(senderId, 'member');
    } else expect(roles.has(senderId)).toBe(true);
    if (type === 'created' || type === 'added') for (const id of userIds) roles.set(id, 'member');
    if (type === 'role') for (const id of userIds) roles.set(id, role);
    for (const id of type === 'left' ? [senderId] : type === 'removed' ? userIds : [])
      expect(roles.delete(id)).toBe(true);
    expect(roles.size).toBeLessThanOrEqual(limit);
    expect([...roles.values()]).toContain('owner');
  }
  expect(members).toEqual(roles);
}
