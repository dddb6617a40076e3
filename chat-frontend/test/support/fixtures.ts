import type {
  GroupConversation,
  Message,
  NewGroupLinkAnswer,
  NewInviteAnswer,
} from '../../../chat-core/src/wire/wire.ts';
import { ask, logIn, type Person, signUp } from '../../../chat-core/test/support/person.ts';
import { createMessageKinds, createPolls } from './message-fixtures.ts';
import { ownerCodeIn } from './owner-answers.ts';
import { pictureFile, sendFiles } from './send-files.ts';

export type Fixtures = {
  /** The person whose pages are shown. */
  sari: Person;
  /** A new account without friends. */
  newcomer: Person;
  budi: Person;
  chatId: string;
  code: string;
  /** A group that Sari owns, and a link of it, by which a person asks to join. */
  groupId: string;
  groupCode: string;
  /** A chat with pictures, a voice message and other files. */
  filesId: string;
  /** A group with reactions, formatted and pinned messages, which disappear after a week. */
  familyId: string;
  /** The chat of Sari with herself. */
  notesId: string;
};

/**
 * Creates people, chats of every kind and content for every screen, on a box with `FRIENDSHIP=request`. Sari becomes its
 * owner by the code in the log of chat-core.
 */
export async function createFixtures(url: string, coreLog: string): Promise<Fixtures> {
  const [sari, budi, ratna, dewi, joko, anton, wati] = (await Promise.all(
    ['sari', 'budi.santoso', 'ratna', 'dewi', 'pak-joko', 'anton', 'wati'].map((name) => signUp(url, name)),
  )) as [Person, Person, Person, Person, Person, Person, Person];
  const newcomer = await signUp(url, 'baru');
  await sari.post('/owner/claim', { code: ownerCodeIn(coreLog) });
  await joko.post('/friends/report', { userId: anton.id, reason: 'spam' });
  await ratna.post('/friends/report', { userId: anton.id, reason: 'abuse' });
  await logIn(url, 'sari');
  await describe(sari, 'Sari Wulandari', 'Guru SD, suka kopi tubruk.');
  await describe(budi, 'Budi Santoso', 'Bengkel sepeda, Jalan Melati 7. Buka Senin–Sabtu.');
  await describe(ratna, 'Ibu Ratna', '');
  await describe(dewi, 'Dewi Lestari', '');
  await describe(joko, 'Pak Joko', '');
  await describe(anton, 'Anton', '');
  for (const friend of [budi, ratna, dewi, joko, anton]) {
    await sari.post('/friends/add', { myId: sari.id, friendUsername: friend.username });
    await friend.post('/friends/accept', { userId: sari.id });
  }
  const offer = await say(anton, sari, 'Kak, mau pinjaman cepat?');
  await say(joko, sari, 'Rapat RT jadi hari Sabtu jam delapan pagi ya, di balai.');
  const answered = await say(sari, joko, 'Siap Pak, saya bawa daftar hadirnya.');
  await sari.post('/chat/read', { conversationId: answered.conversationId, seq: answered.seq });
  await joko.poll();
  await say(ratna, sari, 'Resep rendangnya sudah ketemu');
  await say(
    ratna,
    sari,
    'Nanti Ibu tulis lengkap, soalnya bumbunya banyak sekali dan tidak boleh ada yang ketinggalan',
  );
  await say(ratna, sari, 'Kapan pulang?');
  const film = await say(dewi, sari, 'Filmnya seru! Nanti aku ceritakan.');
  await sari.post('/chat/mute', { conversationId: film.conversationId, for: '8h' });
  await sari.post('/friends/block', { userId: anton.id });
  await wati.post('/friends/add', { myId: wati.id, friendUsername: 'sari' });
  await sari.post('/friends/add', { myId: sari.id, friendUsername: 'baru' });

  const first = await say(budi, sari, 'Sar, sepedanya sudah selesai. Remnya aku ganti yang baru.');
  const inChat = { conversationId: first.conversationId };
  await say(sari, budi, 'Wah cepat sekali! Terima kasih ya.');
  await say(budi, sari, 'Sama-sama. Mau diambil hari ini?');
  const edited = await say(sari, budi, 'Sore ini, sekitar jam empat');
  await sari.patch(pathOf(edited), { message: 'Sore ini, sekitar jam lima' });
  const deleted = await say(sari, budi, 'salah kirim');
  await ask(`${url}${pathOf(deleted)}?for=everyone`, {
    method: 'DELETE',
    headers: { Authorization: `Bearer ${sari.token}` },
  });
  const question = await say(
    budi,
    sari,
    'Boleh. Sekalian ban dalamnya dicek? Yang belakang agak tipis, takutnya bocor di jalan.',
  );
  await say(sari, budi, 'Boleh banget', question.seq);
  await say(sari, budi, 'Berapa semuanya nanti?');
  const last = await say(budi, sari, 'Rem 45 ribu, ban dalam 30 ribu. Ongkosnya traktir kopi saja.');
  await sari.post('/chat/read', { ...inChat, seq: last.seq });
  await budi.post('/chat/read', { ...inChat, seq: last.seq });
  await say(sari, budi, 'Setuju! Sampai nanti.');
  // A poll marks the messages as delivered to Budi.
  await budi.poll();
  const filesId = film.conversationId;
  await sendAlbum(url, sari, dewi, filesId);
  const group = await createGroup(sari, { budi, ratna, joko, anton, wati });
  await createPolls(url, group.groupId, { sari, budi, ratna });
  const kinds = await createMessageKinds(
    url,
    { sari, budi, ratna, dewi },
    { pinned: filesId, unread: answered.conversationId, archived: offer.conversationId },
  );
  const { code } = (await sari.post('/invites', { uses: 5, days: 7 })).body as NewInviteAnswer;
  return { sari, newcomer, budi, chatId: first.conversationId, code, filesId, ...group, ...kinds };
}

/** Pictures alone and together, a voice message, a document, a web page and a link, of both people. */
async function sendAlbum(url: string, sari: Person, dewi: Person, conversationId: string): Promise<void> {
  const picture = (name: string, size: [number, number], hue: number, alt?: string) =>
    pictureFile(`${name}.png`, size, hue, alt);
  await sendFiles(
    url,
    dewi,
    conversationId,
    [picture('pantai', [640, 480], 30, 'Pantai di sore hari')],
    'Tadi sore!',
  );
  const album = [1, 2, 3, 4, 5].map((n) => picture(`hari-${n}`, [400, 400], n * 45, `Hari ke-${n}`));
  await sendFiles(url, sari, conversationId, album);
  await sendFiles(url, dewi, conversationId, [
    {
      name: 'suara.wav',
      type: 'audio/wav',
      bytes: silence(3_000),
      voice: true,
      durationMs: 3_000,
      waveform: '24688ace9642468aa8642',
    },
  ]);
  await sendFiles(
    url,
    dewi,
    conversationId,
    [
      {
        name: 'Jadwal perjalanan keluarga besar ke Yogyakarta.pdf',
        type: 'application/pdf',
        bytes: Buffer.from('%PDF-1.7 jadwal'),
      },
      { name: 'halaman.html', type: 'text/html', bytes: Buffer.from('<!doctype html><p>Halo') },
    ],
    'Jadwalnya, juga di https://jadwal.example.org/yogya',
  );
  await sendFiles(url, sari, conversationId, [picture('tiket', [300, 520], 200)], 'Tiketnya sudah ada.');
}

/** A silent WAV file: 8 kHz, 8 bits, one channel. */
export function silence(ms: number): Buffer {
  const samples = Buffer.alloc(ms * 8, 128);
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + samples.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(8_000, 24);
  header.writeUInt32LE(8_000, 28);
  header.writeUInt16LE(1, 32);
  header.writeUInt16LE(8, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples.length, 40);
  return Buffer.concat([header, samples]);
}

/** A group with system rows, a mention, a reply, a message of Anton, whom Sari has blocked, and Wati, who asks to join. */
async function createGroup(
  sari: Person,
  { budi, ratna, joko, anton, wati }: Record<'budi' | 'ratna' | 'joko' | 'anton' | 'wati', Person>,
) {
  const create = { name: 'Warga RT 05', memberIds: [budi.id, ratna.id] };
  const conversationId = ((await sari.post('/groups', create)).body as GroupConversation).id;
  const post = (by: Person, message: string, more = {}) =>
    by.post('/chat/send', { senderId: by.id, conversationId, message, ...more });
  await sari.post(`/groups/${conversationId}/members`, { userIds: [joko.id] });
  const { code } = (await sari.post(`/groups/${conversationId}/links`, { uses: 1 })).body as { code: string };
  await anton.post('/groups/join', { code });
  await post(joko, 'Bapak-Ibu, kerja bakti hari Minggu jam tujuh pagi.');
  await post(joko, 'Yang punya cangkul tolong dibawa.');
  await post(anton, 'Jual pulsa murah!');
  const question = await post(ratna, `Konsumsi siapa ya? @${sari.username} bisa bantu?`, {
    mentions: [sari.id],
  });
  const { seq } = question.body as Message;
  await post(sari, `Bisa Bu, nanti saya tanya @${budi.username} juga.`, {
    mentions: [budi.id],
    replyTo: seq,
  });
  await post(budi, 'Siap, saya bawa teh dan pisang goreng.', { replyTo: seq });
  await ratna.post('/chat/read', { conversationId, seq });
  await joko.delete(`/groups/${conversationId}/members/${joko.id}`);
  await sari.patch(`/groups/${conversationId}/members/${budi.id}`, { role: 'admin' });
  await post(ratna, `Terima kasih @${sari.username} 🙏`, { mentions: [sari.id] });
  const link = await sari.post(`/groups/${conversationId}/links`, { uses: 10, days: 7, approval: true });
  const { code: groupCode } = link.body as NewGroupLinkAnswer;
  await wati.post('/groups/join', { code: groupCode });
  return { groupId: conversationId, groupCode };
}

const pathOf = ({ conversationId, seq }: Message) => `/conversations/${conversationId}/messages/${seq}`;

async function describe(person: Person, displayName: string, about: string): Promise<void> {
  await person.patch('/me', { displayName, about });
}

async function say(from: Person, to: Person, message: string, replyTo?: number): Promise<Message> {
  const input = { senderId: from.id, receiverId: to.id, message, ...(replyTo ? { replyTo } : {}) };
  const { status, body } = await from.post('/chat/send', input);
  if (status !== 200) throw new Error(JSON.stringify(body));
  return body as Message;
}
