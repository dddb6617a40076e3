import { ask } from './ask.ts';
import { TEXT } from './fill.ts';
import type { Testbed } from './testbed.ts';

export const SENDS_PER_SECOND = 20;

/** Sends at a steady pace until `work` ends. @returns its result and the milliseconds of each send */
export async function sendMeanwhile<T>(
  port: number,
  { people }: Pick<Testbed, 'people'>,
  work: Promise<T>,
): Promise<[T, number[]]> {
  const times: number[] = [];
  const sends: Promise<void>[] = [];
  const timer = setInterval(() => {
    const sender = people[sends.length % people.length];
    if (!sender) return;
    const { id, token, conversationId } = sender;
    const body = { senderId: id, conversationId, message: TEXT };
    const sent = ask(`http://127.0.0.1:${port}`, '/chat/send', token, body).then(({ status, ms }) => {
      if (status !== 200) throw new Error(`a send was answered ${status}`);
      times.push(ms);
    });
    sends.push(sent);
  }, 1000 / SENDS_PER_SECOND);
  try {
    return [await work, times];
  } finally {
    clearInterval(timer);
    await Promise.all(sends);
  }
}
