import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Delta, Message } from '../src/wire/wire.ts';
import { startApp } from './support/app.ts';
import { signUpFriends } from './support/client.ts';
import { corruptMessage, everythingIn } from './support/disk.ts';
import { type Pair, startPair } from './support/pair.ts';
import { type Person, signUpPairs } from './support/person.ts';

describe('a message whose recipient fetches it soon', () => {
  it.each([
    ['is not decrypted', {}, 0],
    ['is decrypted with PLAINTEXT_CACHE=off', { PLAINTEXT_CACHE: 'off' }, 2],
  ])('%s', async (_, env, calls) => {
    const test = await startApp(env);
    const [ani, budi] = await signUpFriends(test);
    const first = (await budi.get('/sync')).body as Delta;
    const { body: sent } = await ani.post('/chat/send', {
      senderId: ani.id,
      receiverId: budi.id,
      message: 'sate madura',
    });
    test.cipher.calls.open = 0;
    const delta = (await budi.get('/sync', { 'Last-Event-ID': first.cursor })).body as Delta;
    expect(delta.messages).toEqual([sent]);
    const history = await budi.get(`/chat/history?myId=${budi.id}&friendId=${ani.id}`);
    expect(history.body).toEqual([sent]);
    expect(test.cipher.calls.open).toBe(calls);
  });
});

describe('cached texts', () => {
  let pair: Pair;
  let ani: Person;
  let budi: Person;
  beforeAll(async () => {
    pair = await startPair();
    [[ani, budi]] = (await signUpPairs(pair.url, 'ingat', 1)) as [[Person, Person]];
  });
  afterAll(() => pair.stop());

  const send = (message: string) =>
    ani.post('/chat/send', { senderId: ani.id, receiverId: budi.id, message });
  const history = () => budi.get(`/chat/history?myId=${budi.id}&friendId=${ani.id}`);

  it('cached texts can be read while cipher-service is unavailable, and a send is still refused', async () => {
    const sent = [await send('sate madura'), await send('soto betawi')].map(({ body }) => body);
    await pair.stopCipher();
    expect(await history()).toMatchObject({ status: 200, body: sent });
    expect(await send('gado-gado')).toMatchObject({ status: 503, body: { code: 'CIPHER_UNAVAILABLE' } });
  });

  it('cached texts are on no disk and in no log, and end with the process', async () => {
    const [disk, log] = [everythingIn(pair.dataDir), pair.core().log()];
    expect(disk).toContain(ani.id);
    expect(log).toContain('asking cipher-service');
    for (const text of ['sate madura', 'soto betawi', 'gado-gado']) {
      expect([disk.includes(text), log.includes(text)]).toEqual([false, false]);
    }
    await pair.restartCore();
    expect(await history()).toMatchObject({ status: 503, body: { code: 'CIPHER_UNAVAILABLE' } });
    await pair.startCipher();
  });

  it('cached texts do not hide that a row on the disk was changed', async () => {
    await pair.core().stop();
    await corruptMessage(pair, 2);
    await pair.restartCore();
    const messages = (await history()).body as Message[];
    expect(messages).toMatchObject([{ content: 'sate madura' }, { content: '', locked: true }]);
    expect((await history()).body).toEqual(messages);
  });
});
