import { randomUUID } from 'node:crypto';
import type { Delta, Id, Message } from '../../src/wire/wire.ts';
import type { Random } from '../crash/random.ts';
import type { Core } from '../support/cores.ts';
import { type Answer, type Person, personWith } from '../support/person.ts';
import type { Ledger } from './ledger.ts';

const HOLD_S = 25;
const PAUSE_MS = 60;

/** The cores as they are now: one that was killed is replaced here. */
export type CoresNow = Core[];
type Deps = { cores: CoresNow; ledger: Ledger; random: Random };

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The client of a person that works at one core and goes to the other when it is refused, or an answer is lost. */
class Client {
  protected readonly deps: Deps;
  readonly person: Person;
  protected core: number;
  protected isEnding = false;

  constructor(person: Person, core: number, deps: Deps) {
    this.person = person;
    this.core = core;
    this.deps = deps;
  }

  /** Asks until a core answers with one of these statuses. */
  protected async ask(
    what: string,
    statuses: number[],
    request: (person: Person) => Promise<Answer>,
  ): Promise<Answer> {
    for (;;) {
      const answer = await this.askOnce(what, statuses, request);
      if (answer) return answer;
    }
  }

  /** Asks a core. @returns undefined when it has not answered so, or refused: then the next one is to be asked */
  protected async askOnce(
    what: string,
    statuses: number[],
    request: (person: Person) => Promise<Answer>,
  ): Promise<Answer | undefined> {
    const { cores, ledger, random } = this.deps;
    const core = cores[this.core] as Core;
    const answer = await request(personWith(core.url, this.person)).catch(() => undefined);
    if (answer && statuses.includes(answer.status)) return answer;
    if (answer && answer.status !== 503)
      ledger.fail(
        `${what} of ${this.person.username} was answered ${answer.status} ${JSON.stringify(answer.body)}`,
      );
    ledger.repeats += 1;
    this.core = (this.core + 1) % cores.length;
    await sleep(50 + random() * 100);
    return undefined;
  }
}

/** Sends one message after the other, each with its id, and repeats it until it is acknowledged. */
export class Writer extends Client {
  /** Resolves when the last message is acknowledged. */
  async run(to: { receiverId: Id } | { conversationId: Id }): Promise<void> {
    const { ledger, random, cores } = this.deps;
    for (let n = 1; !this.isEnding; n++) {
      const input = {
        senderId: this.person.id,
        ...to,
        message: `${this.person.username} ${n}`,
        clientMessageId: randomUUID(),
      };
      const answer = await this.ask('a message', [200], (person) => person.post('/chat/send', input));
      const message = answer.body as Message;
      if (message.id !== input.clientMessageId || message.content !== input.message)
        ledger.fail(`message ${input.clientMessageId} was acknowledged as ${JSON.stringify(message)}`);
      ledger.acknowledge(message, this.core);
      if (random.chance(0.2)) this.core = random.below(cores.length);
      if (random.chance(0.1)) await this.repeat(input, message);
      await sleep(PAUSE_MS * (0.5 + random()));
    }
  }

  end(): void {
    this.isEnding = true;
  }

  /** Sends a message again, as after an answer that was lost on the way. */
  private async repeat(input: object, { id, seq }: Message): Promise<void> {
    const answer = await this.ask('a repeat', [200], (person) => person.post('/chat/send', input));
    const again = answer.body as Message;
    if (again.id !== id || again.seq !== seq)
      this.deps.ledger.fail(`the repeat of message ${id} with seq ${seq} got seq ${again.seq}`);
  }
}

/** Reads by held polls, with one cursor, now at one core and now at another. */
export class Reader extends Client {
  /** The newest seq of each conversation, and all messages in their order. */
  readonly seen = new Map<Id, Message[]>();
  private cursor: string | undefined;

  /** Loads the state, before anyone writes: what is there counts as seen. */
  async load(): Promise<void> {
    const answer = await this.ask('the state', [200], (person) => person.get('/sync'));
    const { cursor, conversations = [] } = answer.body as Delta;
    this.cursor = cursor;
    for (const { id } of conversations) {
      const path = `/chat/history?myId=${this.person.id}&conversationId=${id}&after=0`;
      const history = await this.ask('the history', [200], (person) => person.get(path));
      for (const message of history.body as Message[]) this.append(message);
    }
  }

  async run(): Promise<void> {
    const { random, cores } = this.deps;
    while (!this.isEnding) {
      const answer = await this.askOnce('a poll', [200, 204], (person) => person.poll(this.cursor, HOLD_S));
      if (answer?.status === 200) this.take(answer.body as Delta);
      if (random.chance(0.1)) this.core = random.below(cores.length);
    }
  }

  lastSeq(conversationId: Id): number {
    return this.seen.get(conversationId)?.at(-1)?.seq ?? 0;
  }

  end(): void {
    this.isEnding = true;
  }

  private take({ cursor, reset, messages = [] }: Delta): void {
    const { ledger } = this.deps;
    const { username } = this.person;
    if (reset) ledger.fail(`the cursor ${this.cursor} of ${username} was refused`);
    for (const message of [...messages].sort((a, b) => a.seq - b.seq)) {
      const { conversationId, seq } = message;
      const last = this.lastSeq(conversationId);
      if (seq <= last) ledger.fail(`${username} saw seq ${seq} of ${conversationId} twice`);
      else if (seq > last + 1)
        ledger.fail(`${username} skipped from seq ${last} to ${seq} of ${conversationId}`);
      this.append(message);
    }
    this.cursor = cursor;
  }

  private append(message: Message): void {
    const rows = this.seen.get(message.conversationId) ?? [];
    rows.push(message);
    this.seen.set(message.conversationId, rows);
  }
}
