import type { Delta, Id } from '../../src/wire/wire.ts';
import { startApp, type TestApp } from './app.ts';
import { type Client, signUpFriends } from './client.ts';
import { listen } from './listen.ts';

export type TwoFriends = { test: TestApp; ani: Client; budi: Client; conversationId: Id };

/** A core with Ani and Budi, who are friends, and their conversation; the options are those of `startApp`. */
export async function startTwoFriends(...options: Parameters<typeof startApp>): Promise<TwoFriends> {
  const test = await startApp(...options);
  const [ani, budi] = await signUpFriends(test);
  const conversationId = (await test.store.conversationsOf(ani.id))[0]?.id ?? '';
  return { test, ani, budi, conversationId };
}

/** The same, reached at `url` until `stop` is called. */
export async function listenWithTwoFriends(
  ...options: Parameters<typeof startApp>
): Promise<TwoFriends & Awaited<ReturnType<typeof listen>>> {
  const friends = await startTwoFriends(...options);
  return { ...friends, ...(await listen(friends.test.app)) };
}

/** What a person’s poll answers; undefined when nothing is new since the cursor. */
export async function pollAs(who: Client, cursor?: string): Promise<Delta | undefined> {
  const answer = await who.get('/sync', cursor ? { 'Last-Event-ID': cursor } : {});
  return answer.status === 204 ? undefined : (answer.body as Delta);
}
