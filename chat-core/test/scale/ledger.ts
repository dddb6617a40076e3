import type { Id, Message } from '../../src/wire/wire.ts';

/** An acknowledgement: which core gave it, and when, in ms of `performance.now`. */
type Acknowledgement = { message: Message; core: number; at: number };

/** What cores acknowledged and readers saw, and all that contradicts the promises about it. */
export class Ledger {
  readonly violations: string[] = [];
  readonly acknowledged = new Map<string, Message>();
  /** The ids of acknowledged messages by their places. */
  private readonly places = new Map<string, Id>();
  /** Requests that were refused, or whose answer was lost: each was repeated. */
  repeats = 0;
  private readonly listeners = new Set<(acknowledgement: Acknowledgement) => void>();

  fail(text: string): void {
    if (this.violations.length < 20) this.violations.push(text);
  }

  acknowledge(message: Message, core: number): void {
    const before = this.acknowledged.get(message.id);
    if (before && before.seq !== message.seq)
      this.fail(`message ${message.id} was acknowledged with seq ${before.seq} and ${message.seq}`);
    this.acknowledged.set(message.id, message);
    const place = `seq ${message.seq} of ${message.conversationId}`;
    const other = this.places.get(place) ?? message.id;
    if (other !== message.id) this.fail(`${place} was acknowledged to two messages: one of them is lost`);
    this.places.set(place, message.id);
    const acknowledgement = { message, core, at: performance.now() };
    for (const listener of this.listeners) listener(acknowledgement);
  }

  /** Resolves when so many more messages were acknowledged, by one core or by any. @returns when the last one was, in ms of `performance.now` */
  next(count: number, core?: number): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<number>();
    let left = count;
    const listener = (one: Acknowledgement) => {
      if (core !== undefined && one.core !== core) return;
      left -= 1;
      if (left > 0) return;
      this.listeners.delete(listener);
      resolve(one.at);
    };
    this.listeners.add(listener);
    return promise;
  }

  /** The newest acknowledged seq of each conversation. */
  lastSeqs(): Map<Id, number> {
    const last = new Map<Id, number>();
    for (const { conversationId, seq } of this.acknowledged.values())
      last.set(conversationId, Math.max(seq, last.get(conversationId) ?? 0));
    return last;
  }

  /** Checks a whole conversation: it has all that was acknowledged, once, at its seq, no hole, and nothing else but system rows. */
  checkHistory(conversationId: Id, history: Message[]): void {
    const ids = new Set<string>();
    for (const [index, { id, seq, event }] of history.entries()) {
      if (seq !== index + 1) this.fail(`${conversationId} has seq ${seq} in the place of ${index + 1}`);
      if (ids.has(id)) this.fail(`message ${id} is stored twice`);
      ids.add(id);
      if (!event && !this.acknowledged.has(id)) this.fail(`message ${id} was never acknowledged`);
    }
    const bySeq = new Map(history.map((message) => [message.seq, message]));
    for (const message of this.acknowledged.values()) {
      if (message.conversationId !== conversationId) continue;
      const { id, content } = bySeq.get(message.seq) ?? {};
      if (id !== message.id || content !== message.content)
        this.fail(`acknowledged message ${message.id} is ${ids.has(message.id) ? 'elsewhere' : 'lost'}`);
    }
  }
}
