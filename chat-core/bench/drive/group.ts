import { pause } from '../report.ts';
import { openConnection } from './connection.ts';
import { listen, type PollCounts } from './polls.ts';
import { type Person, prepare, sendText } from './request.ts';
import { openTiming, type Timed } from './timing.ts';

/** Messages at a fixed rate by the members of one group in turn, each of whom has a held poll. */
export type GroupOrder = {
  kind: 'group';
  port: number;
  /** Their conversation is the group. */
  members: Person[];
  /** Their current cursors. */
  cursors: string[];
  text: string;
  perSecond: number;
  ms: number;
};

/**
 * Milliseconds from sending the request to the delta of each other member; `missing` deltas did not arrive within the
 * time after the last message.
 */
export type GroupDelivered = Timed & { sent: number; missing: number; polled: PollCounts };

const SETTLE_MS = 1000;

export async function deliverToGroup(order: GroupOrder): Promise<GroupDelivered> {
  const { port, members, cursors, text, perSecond, ms } = order;
  const timing = openTiming();
  const polled: PollCounts = { polls: 0, notHeld: 0, codes: {} };
  const sentAt = new Map<string, number>();
  let delivered = 0;
  const listeners = members.map((member, n) => {
    const seen = new Set<string>();
    return listen(port, member, cursors[n] ?? '', polled, (id, senderId) => {
      const sent = sentAt.get(id);
      if (senderId === member.id || sent === undefined || seen.has(id)) return;
      seen.add(id);
      delivered += 1;
      timing.add(200, performance.now() - sent);
    });
  });
  const senders = members.map((member) => ({
    next: prepare(sendText(member, text)),
    connection: openConnection(port),
  }));
  await pause(SETTLE_MS);
  const started = performance.now();
  const count = Math.floor((ms / 1000) * perSecond);
  for (let n = 0; n < count; n++) {
    const due = started + (n * 1000) / perSecond - performance.now();
    if (due > 0) await pause(due);
    const sender = senders[n % senders.length];
    if (!sender) continue;
    const { bytes, id = '' } = sender.next();
    sentAt.set(id, performance.now());
    sender.connection.ask(bytes, (status, body) => {
      if (status !== 200) throw new Error(`a message was answered ${status}: ${body.toString()}`);
    });
  }
  await pause(SETTLE_MS);
  for (const listener of listeners) listener.stop();
  for (const { connection } of senders) connection.close();
  const missing = count * (members.length - 1) - delivered;
  return { ...timing.result(ms / 1000), sent: count, missing, polled };
}
