import { expect, it } from 'vitest';
import { runFile } from '../support/command.ts';
import { startPair } from '../support/pair.ts';
import { signUp } from '../support/person.ts';

it('npm run reports prints the reports on a running and on a stopped box', async () => {
  const pair = await startPair();
  const env = { DATA_DIR: pair.dataDir, KEYS_DIR: pair.keysDir };
  expect(await runFile('reports', [], env)).toEqual({ code: 0, output: 'Nobody has reported anybody.\n' });
  const [ani, budi] = [await signUp(pair.url, 'ani'), await signUp(pair.url, 'budi')];
  await ani.post('/friends/add', { myId: ani.id, friendUsername: 'budi' });
  const sent = await budi.post('/chat/send', { senderId: budi.id, receiverId: ani.id, message: 'rahasia' });
  const { conversationId, seq } = sent.body as { conversationId: string; seq: number };
  const of = { userId: budi.id, reason: 'abuse', conversationId, seq };
  expect((await ani.post('/friends/report', of)).status).toBe(200);
  expect((await budi.post('/friends/report', { userId: ani.id, reason: 'spam' })).status).toBe(200);

  const lines = new RegExp(
    [
      `^[-\\d]{10} [:\\d]{5} UTC  budi, for abuse, reported by ani in conversation ${conversationId}, message ${seq}`,
      '[-\\d]{10} [:\\d]{5} UTC  ani, for spam, reported by budi\n$',
    ].join('\n'),
  );
  const running = await runFile('reports', [], env);
  expect([running.code, running.output]).toEqual([0, expect.stringMatching(lines)]);
  await pair.core().stop();
  expect(await runFile('reports', [], env)).toEqual(running);
  await pair.stop();
});
