import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { FilesPage, StorageUse } from '../src/wire/wire.ts';
import { startApp, type TestApp } from './support/app.ts';
import { PNG, storeMessageWith } from './support/attachments.ts';
import { type Client, signUp, signUpFriends } from './support/client.ts';
import { bytesOf, fileInput, upload } from './support/uploads.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

let test: TestApp;
let ani: Client;
let budi: Client;
let conversationId: string;

beforeEach(async () => {
  test = await startApp({ QUOTA_PERSON_MB: '7', MAX_FILE_MB: '3' });
  [ani, budi] = await signUpFriends(test);
  conversationId = (await test.store.conversationsOf(ani.id))[0]?.id ?? '';
});

const sendText = (who: Client) =>
  who.post('/chat/send', { senderId: who.id, conversationId, message: 'hai' });
const sendFiles = (...files: { name: string; type: string }[]) =>
  storeMessageWith(
    test,
    { conversationId, senderId: ani.id },
    files.map((file) => ({ ...file, bytes: PNG })),
  );
const PHOTO = { name: 'foto.png', type: 'image/png' };
const PDF = { name: 'jadwal.pdf', type: 'application/pdf' };

async function list(who: Client, query = ''): Promise<FilesPage> {
  const { status, body } = await who.get(`/conversations/${conversationId}/attachments${query}`);
  expect(status).toBe(200);
  return body;
}
const seqsOf = ({ messages }: FilesPage) => messages.map(({ seq }) => seq);

describe('the files of a conversation', () => {
  it('the messages with files come newest first, by kind, with their names', async () => {
    await sendFiles(PHOTO);
    await sendText(ani);
    await sendFiles(PDF);
    await sendFiles(PDF, PHOTO);
    const all = await list(budi);
    expect([seqsOf(all), all.before]).toEqual([[4, 3, 1], undefined]);
    expect(all.messages[1]?.attachments).toMatchObject([PDF]);
    expect(seqsOf(await list(budi, '?kind=media'))).toEqual([4, 1]);
    expect(seqsOf(await list(budi, '?kind=files'))).toEqual([4, 3]);
    expect(seqsOf(await list(budi, '?before=4'))).toEqual([3, 1]);
  });

  it('pages follow each other without a gap or a repeat, and each opens few rows', async () => {
    for (let n = 0; n < 70; n++) await sendFiles(n % 2 === 0 ? PHOTO : PDF);
    const seqs: number[] = [];
    let page = await list(budi, '?kind=media');
    for (let pages = 1; ; pages++) {
      expect(page.messages.length).toBeLessThanOrEqual(30);
      seqs.push(...seqsOf(page));
      if (page.before === undefined) break;
      expect(pages).toBeLessThan(9);
      page = await list(budi, `?kind=media&before=${page.before}`);
    }
    expect(seqs).toEqual(Array.from({ length: 35 }, (_, n) => 69 - 2 * n));
  });

  it('deleted and hidden messages are left out, and a stranger gets nothing', async () => {
    for (let n = 0; n < 3; n++) await sendFiles(PHOTO);
    await ani.delete(`/conversations/${conversationId}/messages/1?for=everyone`);
    await budi.delete(`/conversations/${conversationId}/messages/2?for=me`);
    expect(seqsOf(await list(budi))).toEqual([3]);
    expect(seqsOf(await list(ani))).toEqual([3, 2]);
    const mallory = await signUp(test, 'mallory');
    const { body } = await mallory.get(`/conversations/${conversationId}/attachments`);
    expect(body.code).toBe('NOT_MEMBER');
  });

  it('a newcomer of a group gets only what was sent since', async () => {
    const citra = await signUp(test, 'citra');
    await ani.post('/friends/add', { myId: ani.id, friendUsername: 'citra' });
    conversationId = (await ani.post('/groups', { name: 'Keluarga', memberIds: [budi.id] })).body.id;
    await sendFiles(PHOTO);
    await ani.post(`/groups/${conversationId}/members`, { userIds: [citra.id] });
    const { seq } = await sendFiles(PHOTO);
    const page = await list(citra);
    expect([seqsOf(page), page.before]).toEqual([[seq], undefined]);
  });
});

describe('the use of storage', () => {
  const use = async (): Promise<StorageUse> => (await ani.get('/me/storage')).body;
  const limits = { quotaBytes: 7 * 2 ** 20, maxFileBytes: 3 * 2 ** 20 };

  it('files in messages and unsent ones count for their author, until they are gone', async () => {
    const none = { bytes: 0, files: 0 };
    expect(await use()).toEqual({ ...none, ...limits, unsent: none, conversations: [] });
    const { id } = await upload(ani, conversationId, bytesOf(1000));
    await ani.post('/attachments', fileInput(conversationId, 500));
    await budi.post('/attachments', fileInput(conversationId, 9));
    const all = { bytes: 1500, files: 2, ...limits };
    expect(await use()).toEqual({ ...all, unsent: { bytes: 1500, files: 2 }, conversations: [] });
    const input = { senderId: ani.id, conversationId, message: '', attachments: [id] };
    const { seq } = (await ani.post('/chat/send', input)).body;
    const unsent = { bytes: 500, files: 1 };
    expect(await use()).toEqual({
      ...all,
      unsent,
      conversations: [{ conversationId, bytes: 1000, files: 1 }],
    });
    await ani.delete(`/conversations/${conversationId}/messages/${seq}?for=everyone`);
    expect(await use()).toEqual({ ...unsent, ...limits, unsent, conversations: [] });
  });

  it('the conversations in which the own files use most come first, and those of others are not named', async () => {
    const group = (await ani.post('/groups', { name: 'Keluarga', memberIds: [budi.id] })).body.id as string;
    const sendTo = async (person: typeof ani, to: string, size: number) => {
      const { id } = await upload(person, to, bytesOf(size));
      const input = { senderId: person.id, conversationId: to, message: '', attachments: [id] };
      return (await person.post('/chat/send', input)).body.seq as number;
    };
    await sendTo(ani, conversationId, 1000);
    const seq = await sendTo(ani, group, 3000);
    await sendTo(budi, group, 9000);
    await sendTo(budi, conversationId, 10);
    const inGroup = { conversationId: group, bytes: 3000, files: 1 };
    const between = { conversationId, bytes: 1000, files: 1 };
    expect((await use()).conversations).toEqual([inGroup, between]);
    await ani.delete(`/conversations/${group}/messages/${seq}?for=everyone`);
    expect((await use()).conversations).toEqual([between]);
  });
});
