import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ciphertextsOf } from '../src/cipher/sealed-fields.ts';
import type { Delta, Message, Poll } from '../src/wire/wire.ts';
import { startApp, type TestApp } from './support/app.ts';
import { type Client, signUp } from './support/client.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

const QUESTION = { question: 'Makan apa?', answers: ['Soto', 'Rawon', 'Pecel'] };

let test: TestApp;
let ani: Client;
let budi: Client;
let citra: Client;
let groupId: string;

beforeEach(async () => {
  test = await startApp();
  ani = await signUp(test, 'ani');
  [budi, citra] = [await friend('budi'), await friend('citra')];
  const memberIds = [budi.id, citra.id];
  groupId = (await ani.post('/groups', { name: 'Keluarga', memberIds })).body.id;
});

async function friend(name: string): Promise<Client> {
  const person = await signUp(test, name);
  await ani.post('/friends/add', { myId: ani.id, friendUsername: name });
  return person;
}

const send = (who: Client, input: object) =>
  who.post('/chat/send', { senderId: who.id, conversationId: groupId, ...input });
const sendPoll = async (more: object = {}, who = ani): Promise<Message> =>
  (await send(who, { poll: { ...QUESTION, ...more } })).body;
const pathOf = ({ conversationId, seq }: Message, action = '') =>
  `/conversations/${conversationId}/messages/${seq}${action}`;
const vote = (who: Client, message: Message, ...choices: number[]) =>
  who.putJson(pathOf(message, '/vote'), { choices });
const close = (who: Client, message: Message) => who.putJson(pathOf(message, '/close'), {});
const outcomeOf = ({ status, body }: { status: number; body: { code?: string } }) =>
  `${status} ${body.code ?? ''}`.trim();
const countsOf = (poll: Poll | undefined) => poll?.answers.map(({ count }) => count);
const mineOf = (poll: Poll | undefined) => poll?.answers.map(({ mine }) => mine ?? false);
const seenBy = async (who: Client, { seq }: Message): Promise<Message | undefined> => {
  const path = `/chat/history?myId=${who.id}&conversationId=${groupId}&after=${seq - 1}&limit=1`;
  return (await who.get(path)).body[0];
};
const votersSeenBy = async (who: Client, message: Message): Promise<string[][]> =>
  (await who.get(pathOf(message, '/votes'))).body.answers.map((one: { userIds: string[] }) => one.userIds);
const storedRow = ({ conversationId, seq }: Message) => test.store.message(conversationId, seq);

describe('a poll', () => {
  it('a poll reaches the members as an unread message, and its votes with the next delta without being unread', async () => {
    const poll = await sendPoll();
    expect(poll.content).toBe('');
    expect(poll.poll).toEqual({
      question: 'Makan apa?',
      answers: [
        { text: 'Soto', count: 0 },
        { text: 'Rawon', count: 0 },
        { text: 'Pecel', count: 0 },
      ],
      voters: 0,
    });
    const { cursor, conversations } = (await budi.get('/sync')).body as Delta;
    const group = conversations?.find(({ id }) => id === groupId);
    expect(group).toMatchObject({ unread: 1, last: poll });

    expect((await vote(citra, poll, 1)).body.poll.answers[1]).toEqual({
      text: 'Rawon',
      count: 1,
      mine: true,
    });
    const later = (await send(ani, { message: 'ayo pilih' })).body as Message;
    expect(later.seq).toBe(poll.seq + 1);
    await vote(budi, poll, 1);
    const delta = (await budi.get('/sync', { 'Last-Event-ID': cursor })).body as Delta;
    const changed = delta.messages?.find(({ id }) => id === poll.id);
    expect(changed).toMatchObject({ changedRev: test.store.revision(), content: '' });
    expect([countsOf(changed?.poll), mineOf(changed?.poll), changed?.poll?.voters]).toEqual([
      [0, 2, 0],
      [false, true, false],
      2,
    ]);
    expect(delta.conversations?.[0]).toMatchObject({ unread: 2, lastSeq: later.seq });
    expect(await votersSeenBy(ani, poll)).toEqual([[], [citra.id, budi.id], []]);
  });

  it('a vote replaces the one before, no choice takes it back, and only a poll for several answers takes several', async () => {
    const one = await sendPoll();
    await vote(budi, one, 0);
    expect(countsOf((await vote(budi, one, 2)).body.poll)).toEqual([0, 0, 1]);
    expect(outcomeOf(await vote(budi, one, 0, 1))).toBe('400 INVALID_REQUEST');
    expect(outcomeOf(await vote(budi, one, 3))).toBe('400 INVALID_REQUEST');
    expect(countsOf((await vote(budi, one)).body.poll)).toEqual([0, 0, 0]);
    expect((await storedRow(one))?.poll).toEqual({});

    const several = await sendPoll({ multiple: true });
    await vote(budi, several, 0, 2);
    await vote(citra, several, 2, 2);
    const { poll } = (await seenBy(budi, several)) ?? {};
    expect([countsOf(poll), mineOf(poll), poll?.voters, poll?.multiple]).toEqual([
      [1, 0, 2],
      [true, false, true],
      2,
      true,
    ]);
  });

  it('the same vote, the same end and the same poll again write nothing and succeed, also once it is closed', async () => {
    const input = {
      clientMessageId: crypto.randomUUID(),
      poll: { ...QUESTION, closesAt: test.clock.now + 60_000 },
    };
    const poll = (await send(ani, input)).body as Message;
    await vote(budi, poll, 1);
    await close(ani, poll);
    const revision = test.store.revision();
    expect((await vote(budi, poll, 1)).body.poll).toMatchObject({ closed: true, voters: 1 });
    expect((await vote(citra, poll)).status).toBe(200);
    expect((await close(ani, poll)).status).toBe(200);
    test.clock.now += 120_000;
    expect((await send(ani, input)).body).toMatchObject({ seq: poll.seq, poll: { voters: 1 } });
    const other = { ...input, poll: { ...input.poll, answers: ['Soto', 'Rawon'] } };
    expect(outcomeOf(await send(ani, other))).toBe('409 MESSAGE_ID_REUSED');
    expect(outcomeOf(await send(ani, { ...input, poll: undefined, message: 'Makan apa?' }))).toBe(
      '409 MESSAGE_ID_REUSED',
    );
    expect(test.store.revision()).toBe(revision);
  });

  it('concurrent votes, reactions and the end of a poll are all kept', async () => {
    const poll = await sendPoll({ multiple: true });
    const everyone = [ani, budi, citra];
    const answers = await Promise.all([
      ...everyone.map((who, index) => vote(who, poll, index, 0)),
      ...everyone.map((who) => who.putJson(pathOf(poll, `/reactions/${encodeURIComponent('👍')}`), {})),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    await Promise.all([close(ani, poll), vote(budi, poll, 2)]);
    const seen = await seenBy(citra, poll);
    expect(seen?.poll).toMatchObject({ closed: true, voters: 3 });
    expect(seen?.reactions).toEqual([{ emoji: '👍', count: 3, mine: true }]);
  });

  it('what is no poll is refused with a sentence: few, many, double or empty answers, words beside it, another place', async () => {
    const refused = async (input: object) => outcomeOf(await send(ani, input));
    expect(await refused({ poll: { question: 'Jadi?', answers: ['Ya'] } })).toBe('400 INVALID_REQUEST');
    expect(await refused({ poll: { question: 'x'.repeat(301), answers: ['a', 'b'] } })).toBe(
      '400 INVALID_REQUEST',
    );
    expect(await refused({ poll: { question: 'Jadi?', answers: ['a', 'b'.repeat(101)] } })).toBe(
      '400 INVALID_REQUEST',
    );
    expect(await refused({ poll: { question: 'Jadi?', answers: ['Ya', ' Ya '] } })).toBe('400 INVALID_POLL');
    expect(await refused({ poll: { question: 'Jadi?', answers: ['Ya', '\u200d'] } })).toBe(
      '400 INVALID_POLL',
    );
    expect(await refused({ poll: { question: ' \n', answers: ['Ya', 'Tidak'] } })).toBe('400 INVALID_POLL');
    expect(await refused({ poll: { ...QUESTION, closesAt: test.clock.now } })).toBe('400 INVALID_POLL');
    expect(await refused({ poll: { ...QUESTION, closesAt: test.clock.now + 4e10 } })).toBe(
      '400 INVALID_POLL',
    );
    expect(await refused({ poll: QUESTION, message: 'juga' })).toBe('400 INVALID_REQUEST');
    expect(await refused({ poll: QUESTION, mentions: [budi.id] })).toBe('400 INVALID_REQUEST');
    expect(await refused({})).toBe('400 INVALID_REQUEST');
    const direct = { senderId: ani.id, receiverId: budi.id, poll: QUESTION };
    expect(outcomeOf(await ani.post('/chat/send', direct))).toBe('409 POLL_NEEDS_GROUP');
    const text = (await send(ani, { message: JSON.stringify(QUESTION) })).body as Message;
    expect(text.poll).toBeUndefined();
    expect(outcomeOf(await vote(budi, text, 0))).toBe('409 NOT_A_POLL');
    expect(outcomeOf(await close(ani, text))).toBe('409 NOT_A_POLL');
    expect(outcomeOf(await budi.get(pathOf(text, '/votes')))).toBe('409 NOT_A_POLL');
    const poll = await sendPoll();
    expect(outcomeOf(await ani.patch(pathOf(poll), { message: 'Minum apa?' }))).toBe('409 POLL_NOT_EDITABLE');
  });

  it('words and votes are sealed at rest, and all of them go with the message', async () => {
    const poll = await sendPoll();
    await vote(budi, poll, 1);
    const row = await storedRow(poll);
    expect(JSON.stringify(row)).not.toMatch(/Soto|Makan/);
    expect(JSON.stringify(row).split(budi.id)).toHaveLength(1);
    expect(Object.keys(row?.poll?.votes ?? {}).sort()).toEqual(['content', 'edit', 'kid', 'v']);
    expect(row && ciphertextsOf(row)).toContain(row?.poll?.votes?.content);
    await ani.delete(`${pathOf(poll)}?for=everyone`);
    expect(await storedRow(poll)).not.toHaveProperty('poll');
    expect(await seenBy(budi, poll)).toMatchObject({ deleted: true, content: '' });
    expect(outcomeOf(await vote(budi, poll, 1))).toBe('409 MESSAGE_DELETED');
    expect(outcomeOf(await budi.get(pathOf(poll, '/votes')))).toBe('409 MESSAGE_DELETED');
  });
});

describe('the end of a poll', () => {
  it('its author or an admin closes it, and no other member; then it takes no vote', async () => {
    const poll = await sendPoll({}, budi);
    await vote(citra, poll, 0);
    expect(outcomeOf(await close(citra, poll))).toBe('403 NOT_ALLOWED');
    expect((await close(budi, poll)).body.poll).toMatchObject({ closed: true, voters: 1 });
    expect(outcomeOf(await vote(ani, poll, 0))).toBe('409 POLL_CLOSED');
    expect(outcomeOf(await vote(citra, poll))).toBe('409 POLL_CLOSED');
    const another = await sendPoll({}, budi);
    expect((await close(ani, another)).body.poll).toMatchObject({ closed: true });
  });

  it('it closes by its time, which writes nothing', async () => {
    const closesAt = test.clock.now + 3_600_000;
    const poll = await sendPoll({ closesAt });
    expect(poll.poll).toMatchObject({ closesAt });
    const revision = test.store.revision();
    test.clock.now += 3_599_000;
    expect((await seenBy(budi, poll))?.poll).not.toHaveProperty('closed');
    test.clock.now += 1000;
    expect((await seenBy(budi, poll))?.poll).toMatchObject({ closed: true, closesAt });
    expect(outcomeOf(await vote(budi, poll, 0))).toBe('409 POLL_CLOSED');
    expect((await close(ani, poll)).status).toBe(200);
    expect(test.store.revision()).toBe(revision);
  });
});

describe('who may vote', () => {
  it('members vote also where only admins post; strangers, former members, newcomers and who hid it do not', async () => {
    const poll = await sendPoll();
    await ani.patch(`/groups/${groupId}`, { permissions: { post: 'admins' } });
    expect(outcomeOf(await send(budi, { poll: QUESTION }))).toBe('403 NOT_ALLOWED');
    expect(outcomeOf(await vote(budi, poll, 0))).toBe('200');
    const eko = await friend('eko');
    expect(outcomeOf(await vote(eko, poll, 0))).toBe('403 NOT_MEMBER');
    await ani.post(`/groups/${groupId}/members`, { userIds: [eko.id] });
    expect(outcomeOf(await vote(eko, poll, 0))).toBe('404 NO_SUCH_MESSAGE');
    expect(outcomeOf(await eko.get(pathOf(poll, '/votes')))).toBe('404 NO_SUCH_MESSAGE');
    await citra.delete(`${pathOf(poll)}?for=me`);
    expect(outcomeOf(await vote(citra, poll, 0))).toBe('404 NO_SUCH_MESSAGE');
    await ani.delete(`/groups/${groupId}/members/${budi.id}`);
    expect(outcomeOf(await vote(budi, poll, 1))).toBe('403 NOT_MEMBER');
    expect(outcomeOf(await budi.get(pathOf(poll, '/votes')))).toBe('403 NOT_MEMBER');
    expect(outcomeOf(await close(budi, poll))).toBe('403 NOT_MEMBER');
    expect(countsOf((await seenBy(ani, poll))?.poll)).toEqual([1, 0, 0]);
  });

  it('a poll has one result for all, and who voted is not said across a block; votes of a deleted account count no more', async () => {
    const poll = await sendPoll();
    for (const who of [budi, citra]) await vote(who, poll, 0);
    await budi.post('/friends/block', { userId: citra.id });
    for (const who of [ani, budi, citra])
      expect(countsOf((await seenBy(who, poll))?.poll)).toEqual([2, 0, 0]);
    expect(await votersSeenBy(budi, poll)).toEqual([[budi.id], [], []]);
    expect(await votersSeenBy(citra, poll)).toEqual([[citra.id], [], []]);
    expect(await votersSeenBy(ani, poll)).toEqual([[budi.id, citra.id], [], []]);
    await test.store.transact(async (tx) => {
      const account = await tx.account(citra.id);
      if (account) await tx.saveAccount({ ...account, deletedAt: 1 });
    });
    expect(countsOf((await seenBy(budi, poll))?.poll)).toEqual([1, 0, 0]);
    expect(await votersSeenBy(ani, poll)).toEqual([[budi.id], [], []]);
    expect(countsOf((await vote(ani, poll, 0)).body.poll)).toEqual([2, 0, 0]);
  });
});

it('a page of polls with votes costs one cipher call', async () => {
  for (const poll of [await sendPoll(), await sendPoll()]) await vote(budi, poll, 0);
  const openMany = vi.spyOn(test.cipher, 'openMany');
  const page = (await ani.get(`/chat/history?myId=${ani.id}&conversationId=${groupId}`)).body as Message[];
  expect(page.flatMap(({ poll }) => (poll ? [poll.voters] : []))).toEqual([1, 1]);
  expect(openMany.mock.calls.length).toBeLessThanOrEqual(1);
});

it('a poll is found by its question and its answers', async () => {
  const poll = await sendPoll();
  for (const q of ['makan', 'rawon']) {
    const { hits } = (await budi.get(`/search?q=${q}`)).body as { hits: Message[] };
    expect(hits.map(({ id }) => id)).toEqual([poll.id]);
  }
  expect((await budi.get('/search?q=question')).body.hits).toEqual([]);
});

it('a poll is forwarded to another group as a new one without votes and without an end, and not to a person', async () => {
  const poll = await sendPoll({ multiple: true, closesAt: test.clock.now + 60_000 });
  await vote(citra, poll, 0, 1);
  const other = (await budi.post('/groups', { name: 'RT', memberIds: [ani.id] })).body;
  const direct = (await test.store.directBetween(ani.id, budi.id))?.id ?? '';
  const { results } = (
    await budi.post('/chat/forward', {
      from: { conversationId: groupId, seqs: [poll.seq] },
      to: [other.id, direct].map((conversationId) => ({
        conversationId,
        clientMessageIds: [crypto.randomUUID()],
      })),
    })
  ).body;
  expect(results[0].messages[0]).toMatchObject({ forwarded: true, senderId: budi.id, content: '' });
  expect(results[0].messages[0].poll).toEqual({
    question: 'Makan apa?',
    answers: QUESTION.answers.map((text) => ({ text, count: 0 })),
    voters: 0,
    multiple: true,
  });
  expect(results[1]).toMatchObject({ messages: [], failure: { code: 'POLL_NEEDS_GROUP' } });
});
