import { randomBytes } from 'node:crypto';
import request from 'supertest';
import { beforeEach, expect, it, vi } from 'vitest';
import { copyOf, type Files, startApp, type TestApp } from './support/app.ts';
import { type Client, signUp, signUpFriends } from './support/client.ts';
import { outcomeOf as outcome } from './support/outcome.ts';
import { PASSWORD } from './support/person.ts';
import { fileInput } from './support/uploads.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

const tokenKey = randomBytes(32);
let files: Files;
let test: TestApp;
/** The owner, and a friend of hers. */
let ani: Client;
let budi: Client;

beforeEach(async () => {
  files = new Map();
  test = await startApp({ EDIT_MINUTES: '10' }, { files, tokenKey });
  [ani, budi] = await signUpFriends(test);
  await ani.post('/owner/claim', { code: test.ownerCode });
});

const set = (input: object) => ani.patch('/owner/settings', input);
const box = async () => (await request(test.app).get('/box')).body;
const register = () =>
  request(test.app).post('/auth/register').send({ username: 'dewi', password: PASSWORD });

it('a setting is valid at once, for everyone, and null brings back what the environment says', async () => {
  expect((await ani.get('/owner/settings')).body).toMatchObject({
    registration: { value: 'open', byEnvironment: true },
    editMinutes: { value: 10, byEnvironment: true },
    quotaPersonMb: { value: 1024, byEnvironment: true },
  });
  const changed = await set({ registration: 'closed', friendship: 'request', editMinutes: 0 });
  expect(changed.body).toMatchObject({
    registration: { value: 'closed' },
    friendship: { value: 'request' },
    editMinutes: { value: 0 },
    maxFileMb: { value: 25, byEnvironment: true },
  });
  expect(changed.body.registration.byEnvironment).toBeUndefined();
  expect(outcome(await register())).toBe('REGISTRATION_CLOSED');
  expect(await box()).toMatchObject({ registration: 'closed', friendship: 'request', editMs: 0 });
  const message = { senderId: budi.id, receiverId: ani.id, message: 'hai' };
  const sent = (await budi.post('/chat/send', message)).body;
  const edit = { message: 'halo' };
  const path = `/conversations/${sent.conversationId}/messages/${sent.seq}`;
  expect(outcome(await budi.patch(path, edit))).toBe('EDIT_TOO_LATE');

  await set({ registration: null, friendship: null, editMinutes: null });
  expect(outcome(await register())).toBe(200);
  expect(outcome(await budi.patch(path, edit))).toBe(200);
  const added = await ani.post('/friends/add', { myId: ani.id, friendUsername: 'dewi' });
  expect(added.body.contact.username).toBe('dewi');
});

it('limits of files are valid at once, and a person sees their own quota', async () => {
  const { conversationId } = (
    await ani.post('/chat/send', { senderId: ani.id, receiverId: budi.id, message: 'hai' })
  ).body;
  const upload = (size: number) => budi.post('/attachments', fileInput(conversationId, size));
  await set({ maxFileMb: 1 });
  expect(outcome(await upload(2 ** 20 + 1))).toBe('FILE_TOO_LARGE');
  await set({ maxFileMb: null, quotaPersonMb: 1 });
  expect(outcome(await upload(2 ** 20 + 1))).toBe('QUOTA_EXCEEDED');
  await set({ quotaPersonMb: null, quotaBoxMb: 1 });
  expect(outcome(await upload(2 ** 20 + 1))).toBe('BOX_FULL');
  expect((await budi.get('/me/storage')).body.quotaBytes).toBe(1024 * 2 ** 20);
});

it('settings are still there after a restart, and the environment goes on for the others', async () => {
  await set({ registration: 'closed' });
  test = await startApp({ EDIT_MINUTES: '20' }, { files: copyOf(files), tokenKey });
  expect(await box()).toMatchObject({ registration: 'closed', editMs: 1_200_000 });
});

it('a setting that does not exist, or a value that it does not take, is refused and changes nothing', async () => {
  for (const input of [{ registration: 'sometimes' }, { port: 80 }, { editMinutes: -1 }, { quotaBoxMb: 0.5 }])
    expect(outcome(await set(input))).toBe('INVALID_REQUEST');
  expect(test.store.settings()).toEqual({});
});

it('settings that a disk does not take are refused and change nothing', async () => {
  const full = Object.assign(new Error('no space'), { code: 'ENOSPC' });
  vi.spyOn(test.store, 'saveSettings').mockRejectedValueOnce(full);
  expect((await set({ registration: 'closed' })).status).toBe(500);
  expect((await box()).registration).toBe('open');
});

it('a box that begins to require a second factor asks for it at the next login', async () => {
  await set({ secondFactor: 'required' });
  expect(outcome(await budi.get('/sync'))).toBe(200);
  const citra = await signUp(test, 'citra');
  expect(outcome(await citra.get('/sync'))).toBe('SECOND_FACTOR_MISSING');
});
