import request from 'supertest';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { finishDeletions } from '../src/admin/delete-person.ts';
import type { StoredMessage } from '../src/storage/store.ts';
import { startApp, type TestApp } from './support/app.ts';
import { type Client, logIn, signUp, signUpFriends } from './support/client.ts';
import { outcomeOf as outcome } from './support/outcome.ts';
import { PASSWORD, reauthenticate } from './support/person.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

let test: TestApp;
let ani: Client;
let budi: Client;

beforeEach(async () => {
  test = await startApp();
  [ani, budi] = await signUpFriends(test);
});

const ticketOf = async (who: Client): Promise<string> => (await reauthenticate(who)).body.ticket;
const leave = (who: Client, ticket: string) => who.delete('/me', { 'Reauthentication-Ticket': ticket });

describe('deleting one’s own account', () => {
  it('needs a ticket of this session, ends every device, and others see a deleted account', async () => {
    const phone = await logIn(test, 'budi');
    await budi.post('/chat/send', { senderId: budi.id, receiverId: ani.id, message: 'sampai jumpa' });
    for (const ticket of ['', await ticketOf(phone), await ticketOf(ani)])
      expect(outcome(await leave(budi, ticket))).toBe('REAUTHENTICATION_REQUIRED');
    expect(outcome(await leave(budi, await ticketOf(budi)))).toBe(200);
    for (const device of [budi, phone]) expect(outcome(await device.get('/sync'))).toBe('UNAUTHENTICATED');
    const login = await request(test.app).post('/auth/login').send({ username: 'budi', password: PASSWORD });
    expect(outcome(login)).toBe('WRONG_CREDENTIALS');
    const shown = JSON.stringify((await ani.get('/sync')).body);
    expect(shown).toContain('Akun dihapus');
    expect(shown).toContain('sampai jumpa');
    const again = await request(test.app)
      .post('/auth/register')
      .send({ username: 'budi', password: PASSWORD });
    expect(outcome(again)).toBe('USERNAME_TAKEN');
  });

  it('a repeat with the token that has ended succeeds, and that token opens nothing of a living account', async () => {
    const ticket = await ticketOf(budi);
    expect(outcome(await leave(budi, ticket))).toBe(200);
    expect(outcome(await leave(budi, ticket))).toBe(200);
    const phone = await logIn(test, 'ani');
    await phone.post('/auth/logout', {});
    expect(outcome(await leave(phone, await ticketOf(ani)))).toBe('UNAUTHENTICATED');
    expect(outcome(await ani.get('/sync'))).toBe(200);
  });

  it('its notes are erased, also those that were on their way, and what a power cut left of them', async () => {
    const note = (message: string) =>
      budi.post('/chat/send', { senderId: budi.id, receiverId: budi.id, message });
    for (const text of ['beli gula', 'beli kopi']) await note(text);
    const ticket = await ticketOf(budi);
    const { seal } = test.cipher;
    test.cipher.seal = async (...input) => {
      test.cipher.seal = seal;
      expect(outcome(await leave(budi, ticket))).toBe(200);
      return seal(...input);
    };
    expect(outcome(await note('beli teh'))).toBe('NOT_FRIENDS');
    const { id = '', lastSeq } = (await test.store.directBetween(budi.id, budi.id)) ?? {};
    const left = async () => (await test.store.messages(id, { limit: 9 })).map(({ content }) => content);
    expect([lastSeq, await left()]).toEqual([2, ['', '']]);
    // A power cut came before the second one was erased.
    await test.store.transact(async (tx) => {
      const { deletedAt: _, ...row } = (await tx.message(id, 2)) as StoredMessage;
      await tx.changeMessage({ ...row, content: 'sealed' });
    });
    await finishDeletions(test.store);
    expect(await left()).toEqual(['', '']);
    const revision = test.store.revision();
    await finishDeletions(test.store);
    expect(test.store.revision()).toBe(revision);
  });

  it('the last owner who may log in stays until another one is made', async () => {
    await ani.post('/owner/claim', { code: test.ownerCode });
    const ticket = await ticketOf(ani);
    expect(outcome(await leave(ani, ticket))).toBe('LAST_OWNER');
    expect(outcome(await ani.get('/sync'))).toBe(200);
    const citra = await signUp(test, 'citra');
    await ani.patch(`/owner/people/${citra.id}`, { owner: true }, { 'Reauthentication-Ticket': ticket });
    expect(outcome(await leave(ani, ticket))).toBe(200);
  });
});
