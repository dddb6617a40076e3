import type { Message } from '../../../chat-core/src/wire/wire.ts';
import { type Person, signUp } from '../../../chat-core/test/support/person.ts';

/** Two friends, `name.sari` and `name.budi`, and their conversation, in which Budi has said “halo”. */
export async function signUpFriends(
  url: string,
  name: string,
): Promise<{ sari: Person; budi: Person; conversationId: string }> {
  const [sari, budi] = await Promise.all([signUp(url, `${name}.sari`), signUp(url, `${name}.budi`)]);
  await sari.post('/friends/add', { myId: sari.id, friendUsername: budi.username });
  const input = { senderId: budi.id, receiverId: sari.id, message: 'halo' };
  const { conversationId } = (await budi.post('/chat/send', input)).body as Message;
  return { sari, budi, conversationId };
}
