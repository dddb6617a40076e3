import request from 'supertest';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { EXAMPLE } from '../src/wire/examples.ts';
import { startApp, type TestApp } from './support/app.ts';
import { type Client, logIn, signUp, signUpFriends } from './support/client.ts';
import { outcomeOf as outcome } from './support/outcome.ts';
import { PASSWORD, reauthenticate } from './support/person.ts';
import { fileInput } from './support/uploads.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

const DAY_MS = 24 * 3600 * 1000;
let test: TestApp;
/** The owner, and a friend of hers who is deleted. */
let ani: Client;
let budi: Client;
let conversationId: string;

beforeEach(async () => {
  test = await startApp();
  [ani, budi] = await signUpFriends(test);
  await ani.post('/owner/claim', { code: test.ownerCode });
  const message = { senderId: budi.id, receiverId: ani.id, message: 'hai' };
  ({ conversationId } = (await budi.post('/chat/send', message)).body);
});

const ticket = async () => ({
  'Reauthentication-Ticket': (await reauthenticate(ani)).body.ticket as string,
});
const remove = async (who: Client, headers?: Record<string, string>) =>
  ani.delete(`/owner/people/${who.id}`, headers ?? (await ticket()));
const register = () =>
  request(test.app).post('/auth/register').send({ username: 'Budi', password: PASSWORD });

describe('a deleted person', () => {
  it('deleting needs a ticket, and ends every session and every way to log in', async () => {
    const phone = await logIn(test, 'budi');
    expect(outcome(await remove(budi, {}))).toBe('REAUTHENTICATION_REQUIRED');
    expect(outcome(await budi.get('/sync'))).toBe(200);
    expect(outcome(await remove(budi))).toBe(200);
    for (const device of [budi, phone]) expect(outcome(await device.get('/sync'))).toBe('UNAUTHENTICATED');
    const login = await request(test.app).post('/auth/login').send({ username: 'budi', password: PASSWORD });
    expect(outcome(login)).toBe('WRONG_CREDENTIALS');
    expect(outcome(await ani.post(`/owner/people/${budi.id}/reset-code`, {}))).toBe('NO_SUCH_ACCOUNT');
    expect(outcome(await ani.patch(`/owner/people/${budi.id}`, { suspended: false }))).toBe(
      'NO_SUCH_ACCOUNT',
    );
    const { people } = (await ani.get('/owner/people')).body;
    expect(people.map(({ username }: { username: string }) => username)).toEqual(['ani']);
  });

  it('others keep what the person wrote, under no name, and can write to them no more', async () => {
    await budi.patch('/me', {
      displayName: 'Budi Santoso',
      picture: { type: 'image/png', data: EXAMPLE.png },
    });
    const { cursor } = (await ani.get('/sync')).body;
    await remove(budi);
    const delta = (await ani.get('/sync', { 'Last-Event-ID': cursor })).body;
    const shown = JSON.stringify([delta, (await ani.get('/sync')).body]);
    expect(shown).not.toContain('Budi Santoso');
    expect(shown).not.toContain('"username":"budi"');
    expect(shown).toContain('Akun dihapus');
    expect(shown).toContain('"deleted":true');
    const read = await ani.get(`/chat/history?myId=${ani.id}&conversationId=${conversationId}`);
    expect(read.body.map(({ content }: { content: string }) => content)).toEqual(['hai']);
    const message = { senderId: ani.id, conversationId, message: 'masih ada?' };
    expect(outcome(await ani.post('/chat/send', message))).toBe('NOT_FRIENDS');
    expect(outcome(await ani.get(`/people/${budi.id}/picture`))).toBe('NO_SUCH_PICTURE');
    expect(await test.store.picture(budi.id)).toBeUndefined();
    const stored = JSON.stringify(await test.store.account(budi.id));
    expect(stored).not.toMatch(/texts|\$2/);
  });

  it('requests, invitations, unsent files and links of the person end, and reports about them', async () => {
    const citra = await signUp(test, 'citra');
    const { code } = (await budi.post('/invites', {})).body;
    await budi.post('/attachments', fileInput(conversationId, 500));
    await citra.post('/friends/report', { userId: budi.id, reason: 'spam' });
    await remove(budi);
    expect(outcome(await citra.post('/invites/accept', { code }))).toBe('INVITE_INVALID');
    expect(test.store.uploads().filter(({ state }) => state === 'open')).toEqual([]);
    expect((await ani.get('/owner/reports')).body.reports).toEqual([]);
    const added = await citra.post('/friends/add', { myId: citra.id, friendUsername: 'budi' });
    expect(outcome(added)).toBe('NO_SUCH_USER');
  });

  it('a group of the person passes to the admin who is in it for longest, and one without others ends', async () => {
    const { id } = (await budi.post('/groups', { name: 'Keluarga', memberIds: [ani.id] })).body;
    const alone = (await budi.post('/groups', { name: 'Sendiri', memberIds: [] })).body;
    await remove(budi);
    const group = await test.store.conversation(id);
    expect(group?.kind === 'group' && group.group.members).toMatchObject([{ userId: ani.id, role: 'owner' }]);
    expect((await test.store.conversation(alone.id))?.members).toEqual([]);
    expect(outcome(await ani.patch(`/groups/${id}`, { name: 'Keluarga Ani' }))).toBe(200);
  });

  it('the notes of a deleted person are erased, whose files go with them', async () => {
    const note = { senderId: budi.id, receiverId: budi.id, message: 'catatan' };
    const { conversationId: notes } = (await budi.post('/chat/send', note)).body;
    for (let n = 0; n < 120; n++) await budi.post('/chat/send', note);
    await remove(budi);
    const rows = await test.store.messages(notes, { limit: 200 });
    expect(rows.length).toBe(121);
    expect(rows.filter(({ content, deletedAt }) => content !== '' || deletedAt === undefined)).toEqual([]);
    const kept = await test.store.messages(conversationId, { limit: 9 });
    expect(kept[0]?.content).not.toBe('');
  });

  it('the name stays taken for 30 days and is then free, and the messages of the deleted person stay theirs', async () => {
    await remove(budi);
    expect(outcome(await register())).toBe('USERNAME_TAKEN');
    test.clock.now += 29 * DAY_MS;
    expect(outcome(await register())).toBe('USERNAME_TAKEN');
    test.clock.now += 2 * DAY_MS;
    const { status, body } = await register();
    expect(status).toBe(200);
    expect(body.id).not.toBe(budi.id);
    const again = await logIn(test, 'budi');
    expect(again.id).toBe(body.id);
    const history = `/chat/history?myId=${again.id}&conversationId=${conversationId}`;
    expect(outcome(await again.get(history))).toBe('NOT_MEMBER');
  });

  it('the last owner who may log in cannot be deleted', async () => {
    expect(outcome(await remove(ani))).toBe('LAST_OWNER');
    await ani.patch(`/owner/people/${budi.id}`, { owner: true }, await ticket());
    expect(outcome(await remove(ani))).toBe(200);
    expect(outcome(await ani.get('/sync'))).toBe('UNAUTHENTICATED');
    expect(outcome(await budi.get('/owner/people'))).toBe(200);
  });

  it('an owner’s deletion of themselves can be repeated, and their ended token deletes no one else', async () => {
    const headers = await ticket();
    await ani.patch(`/owner/people/${budi.id}`, { owner: true }, headers);
    const citra = await signUp(test, 'citra');
    expect(outcome(await remove(ani, headers))).toBe(200);
    expect(outcome(await remove(ani, headers))).toBe(200);
    expect(outcome(await remove(citra, headers))).toBe('UNAUTHENTICATED');
    expect(outcome(await citra.get('/sync'))).toBe(200);
  });

  it('the token of an owner who logged out deletes no one', async () => {
    const headers = await ticket();
    const token = ani.token;
    await ani.post('/auth/logout', {});
    const call = request(test.app).delete(`/owner/people/${budi.id}`).set(headers);
    expect(outcome(await call.set('Authorization', `Bearer ${token}`))).toBe('UNAUTHENTICATED');
    expect(outcome(await budi.get('/sync'))).toBe(200);
  });
});
