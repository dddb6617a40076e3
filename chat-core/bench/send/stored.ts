import { startSeedLike } from '../ceilings/start.ts';
import type { Driver } from '../drive/driver.ts';
import { requestText, sendText } from '../drive/request.ts';
import { TEXT } from '../fill.ts';
import type { Pace } from '../options.ts';
import { number } from '../report.ts';
import { addRatio, measureRounds } from '../rounds.ts';
import type { Testbed } from '../testbed.ts';

/** One sender, with `messages` stored before: chat-core against the original. */
export async function benchAgainstSeed(
  testbed: Testbed,
  driver: Driver,
  messages: number,
  pace: Pace,
): Promise<void> {
  const core = await testbed.startCore();
  const seed = await startSeedLike(testbed.folder, messages);
  try {
    const [senderId, receiverId] = seed.people;
    const body = { senderId, receiverId, message: TEXT };
    const [person] = testbed.people;
    if (!person) throw new Error('the testbed has no people');
    const results = await measureRounds(
      driver,
      {
        send: { ...core, connections: 1, requests: [sendText(person, TEXT)] },
        'seed-like core': {
          ...seed,
          connections: 1,
          requests: [requestText('POST', '/chat/send', { body })],
        },
      },
      pace,
    );
    const rates = (name: keyof typeof results) => results[name].map(({ perSecond }) => perSecond);
    addRatio(
      `stored sends a second at ${number(messages)} messages, one connection ÷ the seed-like core`,
      { ours: rates('send'), theirs: rates('seed-like core'), unit: '/s', digits: 1 },
      '≥ 25',
    );
  } finally {
    await seed.stop();
    await core.stop();
  }
}
