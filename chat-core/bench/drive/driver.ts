import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { XmppOrder } from '../peers/xmpp.ts';
import { LOAD_CORE, pin } from '../processes.ts';
import type { Delivered, DeliverOrder } from './deliver.ts';
import type { Order } from './driver-process.ts';
import type { GroupDelivered, GroupOrder } from './group.ts';
import type { LoopOrder } from './loop.ts';
import type { Offered, OfferOrder, RecoverOrder } from './open-loop.ts';
import type { HoldOrder, PollCounts, ReleaseOrder } from './polls.ts';
import type { ReadBack, ReadBackOrder } from './read-back.ts';
import type { SocketsOrder } from './sockets.ts';
import type { Timed } from './timing.ts';
import type { UploadOrder } from './uploads.ts';

/** Orders may overlap. Each rejects with the message of the driver process when it fails there. */
export type Driver = {
  pid: number;
  run(order: LoopOrder | XmppOrder): Promise<Timed>;
  run(order: DeliverOrder): Promise<Delivered>;
  run(order: GroupOrder): Promise<GroupDelivered>;
  run(order: HoldOrder): Promise<{ held: number }>;
  run(order: ReleaseOrder): Promise<PollCounts>;
  run(order: OfferOrder): Promise<Record<string, Offered>>;
  run(order: ReadBackOrder): Promise<ReadBack>;
  run(order: SocketsOrder): Promise<{ opened: number }>;
  run(order: UploadOrder): Promise<{ bytes: number; ms: number }>;
  run(order: RecoverOrder): Promise<{ ms: number | undefined }>;
  /** Lowers the priority of the driver. */
  yieldCore(): void;
  stop(): Promise<void>;
};

/** Starts the driver on the core of the load. */
export async function openDriver(): Promise<Driver> {
  const child = fork(fileURLToPath(new URL('driver-process.ts', import.meta.url)));
  await once(child, 'message');
  const pid = child.pid ?? 0;
  pin(pid, LOAD_CORE);
  const waiting = new Map<number, { done: (result: never) => void; fail: (error: Error) => void }>();
  let number = 0;
  child.on('message', (message: { number: number; result?: never; error?: string }) => {
    const one = waiting.get(message.number);
    waiting.delete(message.number);
    if (message.error === undefined) one?.done(message.result as never);
    else one?.fail(new Error(message.error));
  });
  child.on('exit', () => {
    for (const { fail } of waiting.values()) fail(new Error('the driver ended'));
  });
  return {
    pid,
    run: (order: Order) =>
      new Promise<never>((done, fail) => {
        number += 1;
        waiting.set(number, { done, fail });
        child.send({ number, order });
      }),
    yieldCore: () => setPriority(pid, 10),
    stop: async () => {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}
