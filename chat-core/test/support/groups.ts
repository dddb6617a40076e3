import { expect } from 'vitest';
import type { Delta, GroupConversation, Id, Message } from '../../src/wire/wire.ts';
import type { Client } from './client.ts';

/** Makes two people friends. */
export async function befriend(a: Client, b: Client): Promise<void> {
  expect((await a.post('/friends/add', { myId: a.id, friendUsername: b.username })).status).toBe(200);
}

/** A poll that does not wait; an empty object where nothing changed. */
export async function poll(client: Client, cursor?: string): Promise<Delta> {
  const { status, body } = await client.get('/sync', cursor ? { 'Last-Event-ID': cursor } : {});
  expect([200, 204]).toContain(status);
  return body;
}

/** A group named Keluarga; returns its id. */
export async function createGroup(by: Client, members: Client[], more = {}): Promise<Id> {
  const input = { name: 'Keluarga', memberIds: members.map(({ id }) => id), ...more };
  const { status, body } = await by.post('/groups', input);
  expect([status, body.error]).toEqual([200, undefined]);
  return (body as GroupConversation).id;
}

/** A group in a delta. */
export const groupIn = (delta: Delta, id: Id) =>
  delta.conversations?.find((one) => one.id === id) as GroupConversation | undefined;

export const send = (by: Client, conversationId: Id, message: string, more = {}) =>
  by.post('/chat/send', { senderId: by.id, conversationId, message, ...more });

/** What a member reads of a conversation: texts, and the types of system rows. */
export async function history(by: Client, conversationId: Id): Promise<string[]> {
  const { status, body } = await by.get(`/chat/history?myId=${by.id}&conversationId=${conversationId}`);
  expect([status, body.code]).toEqual([200, undefined]);
  return (body as Message[]).map(({ event, content }) => event?.type ?? content);
}

export const setRole = (by: Client, conversationId: Id, member: Client, role: string) =>
  by.patch(`/groups/${conversationId}/members/${member.id}`, { role });
export const remove = (by: Client, conversationId: Id, member: Client) =>
  by.delete(`/groups/${conversationId}/members/${member.id}`);
export const addMember = (by: Client, conversationId: Id, ...members: Client[]) =>
  by.post(`/groups/${conversationId}/members`, { userIds: members.map(({ id }) => id) });
