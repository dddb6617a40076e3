import type { GroupConversation, Message, NewPoll, NotesAnswer } from '../../../chat-core/src/wire/wire.ts';
import { type Person, post } from '../../../chat-core/test/support/person.ts';

type People = Record<'sari' | 'budi' | 'ratna' | 'dewi', Person>;

/** A day, and an hour of it, that no test reaches. */
const SEND_AT_MS = Date.now() + 30 * 24 * 3_600_000;

/**
 * Creates a group with reactions, formatted, starred and pinned messages that disappear, and scheduled ones, and the notes of
 * Sari with a forwarded one. Of her chats, which `flags` names by their ids, one is then on top of her list, one is marked as
 * unread and one is archived.
 */
export async function createMessageKinds(
  url: string,
  { sari, budi, ratna, dewi }: People,
  flags: Record<'pinned' | 'unread' | 'archived', string>,
): Promise<{ familyId: string; notesId: string }> {
  const put = async (by: Person, path: string, body: unknown = {}) => {
    const answer = await post(url + path, body, { Authorization: `Bearer ${by.token}` }, 'PUT');
    if (answer.status !== 200) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
  };
  const create = { name: 'Keluarga Wulandari', memberIds: [budi.id, ratna.id, dewi.id] };
  const familyId = ((await sari.post('/groups', create)).body as GroupConversation).id;
  const messages = `/conversations/${familyId}/messages`;
  const say = async (by: Person, message: string) => {
    const input = { senderId: by.id, conversationId: familyId, message };
    return ((await by.post('/chat/send', input)).body as Message).seq;
  };
  const react = (by: Person, seq: number, emoji: string) =>
    put(by, `${messages}/${seq}/reactions/${encodeURIComponent(emoji)}`);
  await put(sari, `/conversations/${familyId}/expiry`, { after: 604_800 });
  const plan = await say(
    ratna,
    '*Lebaran di rumah Ibu*\n- opor: Dewi\n- ketupat: Budi\nJangan _terlambat_, ya! https://peta.example.org/rumah-ibu',
  );
  for (const [by, emoji] of [
    [sari, '👍'],
    [budi, '👍'],
    [dewi, '👍'],
    [dewi, '❤️'],
    [budi, '😂'],
  ] as const)
    await react(by, plan, emoji);
  const answer = await say(sari, 'Siap Bu, aku bawa kue nastar juga.');
  await react(ratna, answer, '🙏');
  await say(budi, '🎉🎉');
  await say(sari, '> ketupat: Budi\nButuh berapa?\n```\n2 kg beras\n40 janur\n```');
  await put(sari, `${messages}/${plan}/star`);
  await put(sari, `/conversations/${familyId}/pin`, { seq: plan });
  const notesId = ((await sari.post('/notes', {})).body as NotesAnswer).conversationId;
  await sari.post('/chat/forward', {
    from: { conversationId: familyId, seqs: [plan] },
    to: [{ conversationId: notesId, clientMessageIds: [crypto.randomUUID()] }],
  });
  for (const [message, days] of [
    ['Selamat ulang tahun, Bu! Semoga sehat selalu dan panjang umur.', 0],
    ['Jangan lupa bayar iuran.', 1],
  ] as const)
    await sari.post('/chat/scheduled', {
      clientMessageId: crypto.randomUUID(),
      conversationId: familyId,
      message,
      at: SEND_AT_MS + days * 24 * 3_600_000,
    });
  for (const [flag, conversationId] of Object.entries(flags))
    await put(sari, `/conversations/${conversationId}/flags`, { [flag]: true });
  return { familyId, notesId };
}

/** Polls in a group: one that is open, and one with several choices that is closed. Sari has voted in both. */
export async function createPolls(
  url: string,
  conversationId: string,
  { sari, budi, ratna }: Record<'sari' | 'budi' | 'ratna', Person>,
): Promise<void> {
  const send = async (by: Person, poll: NewPoll) =>
    ((await by.post('/chat/send', { senderId: by.id, conversationId, poll })).body as Message).seq;
  const put = ({ token }: Person, seq: number, act: string, body: unknown = {}) =>
    post(
      `${url}/conversations/${conversationId}/messages/${seq}/${act}`,
      body,
      { Authorization: `Bearer ${token}` },
      'PUT',
    );
  const menu = await send(ratna, {
    question: 'Konsumsi kerja bakti Minggu ini mau apa saja?',
    answers: [
      'Nasi uduk Bu Tini',
      'Lontong sayur dan gorengan',
      'Bubur kacang hijau',
      'Bawa sendiri-sendiri',
    ],
    multiple: true,
  });
  await put(sari, menu, 'vote', { choices: [0, 2] });
  await put(budi, menu, 'vote', { choices: [0] });
  await put(ratna, menu, 'vote', { choices: [0, 1, 2] });
  await put(ratna, menu, 'close');
  const day = await send(sari, {
    question: 'Kerja bakti berikutnya hari apa?',
    answers: ['Sabtu pagi', 'Minggu pagi', 'Minggu sore'],
  });
  await put(ratna, day, 'vote', { choices: [0] });
  await put(budi, day, 'vote', { choices: [1] });
  await put(sari, day, 'vote', { choices: [1] });
}
