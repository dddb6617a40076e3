import type {
  GroupConversation,
  Message,
  NewGroupLinkAnswer,
  NewInviteAnswer,
} from '../../../chat-core/src/wire/wire.ts';
import { ask, logIn, type Person, signUp } from '../../../chat-core/test/support/person.ts';

export type Fixtures = {
  /** The person whose pages are shown. */
  sari: Person;
  /** A new account without friends. */
  newcomer: Person;
  budi: Person;
  chatId: string;
  code: string;
  /** A group that Sari owns, with a link by which one of its requests came. */
  groupId: string;
  groupCode: string;
};

/** Creates people, chats of every kind and content for every screen, on a box with `FRIENDSHIP=request`. */
export async function createFixtures(url: string): Promise<Fixtures> {
  const [sari, budi, ratna, dewi, joko, anton, wati] = (await Promise.all(
    ['sari', 'budi.santoso', 'ratna', 'dewi', 'pak-joko', 'anton', 'wati'].map((name) => signUp(url, name)),
  )) as [Person, Person, Person, Person, Person, Person, Person];
  const newcomer = await signUp(url, 'baru');
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
  await say(anton, sari, 'Kak, mau pinjaman cepat?');
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
  const { code } = (await sari.post('/invites', { uses: 5, days: 7 })).body as NewInviteAnswer;
  const group = await createGroup(sari, [budi, ratna, dewi, joko], wati);
  return { sari, newcomer, budi, chatId: first.conversationId, code, ...group };
}

/** A group with messages, an admin, and a person who asks to join. */
async function createGroup(owner: Person, members: Person[], stranger: Person) {
  const [budi, ratna, , joko] = members as [Person, Person, Person, Person];
  const input = { name: 'Panitia 17 Agustus', memberIds: members.map(({ id }) => id) };
  const { id: groupId } = (await owner.post('/groups', input)).body as GroupConversation;
  const sayIn = (from: Person, message: string, more = {}) =>
    from.post('/chat/send', { senderId: from.id, conversationId: groupId, message, ...more });
  await owner.patch(`/groups/${groupId}/members/${joko.id}`, { role: 'admin' });
  await sayIn(joko, 'Lomba anak-anak mulai jam delapan di lapangan.');
  await sayIn(ratna, 'Ibu bawa 60 kotak kue. Siapa yang jemput?');
  const { body } = await sayIn(owner, `@${budi.username} bisa pakai mobil bak?`, { mentions: [budi.id] });
  await sayIn(budi, 'Bisa, aku jemput jam tujuh.');
  await Promise.all([budi, ratna].map((member) => member.poll()));
  const { seq } = body as Message;
  await budi.post('/chat/read', { conversationId: groupId, seq: seq + 1 });
  await owner.post('/chat/read', { conversationId: groupId, seq: seq + 1 });
  const link = await owner.post(`/groups/${groupId}/links`, { uses: 10, days: 7, approval: true });
  const { code: groupCode } = link.body as NewGroupLinkAnswer;
  await stranger.post('/groups/join', { code: groupCode });
  return { groupId, groupCode };
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
