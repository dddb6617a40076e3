import { startSeedLike } from '../ceilings/start.ts';
import type { Driver } from '../drive/driver.ts';
import { requestText, sendText } from '../drive/request.ts';
import { TEXT } from '../fill.ts';
import type { Home } from '../home.ts';
import type { Pace } from '../options.ts';
import { number } from '../report.ts';
import { addRatio, measureRounds } from '../rounds.ts';

/** One sender, and a history of so many messages: ours against the original's way. */
export async function benchAgainstSeed(
  home: Home,
  driver: Driver,
  messages: number,
  pace: Pace,
): Promise<void> {
  const core = await home.startCore();
  const seed = await startSeedLike(home.folder, messages);
  try {
    const [senderId, receiverId] = seed.people;
    const body = { senderId, receiverId, message: TEXT };
    const [person] = home.people;
    if (!person) throw new Error('nobody is there');
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
