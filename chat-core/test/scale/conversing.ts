import type { GroupConversation, Id, Message } from '../../src/wire/wire.ts';
import { seeded } from '../crash/random.ts';
import { type Core, startCores } from '../support/cores.ts';
import { type Person, personWith, signUpPairs } from '../support/person.ts';
import type { PostgresPair } from '../support/postgres-pair.ts';
import { type Failure, Failures, KINDS, type Kind } from './failures.ts';
import { Ledger } from './ledger.ts';
import { type CoresNow, Reader, Writer } from './people.ts';

/** Two of each pair write to each other, and one of each to a group. */
const PAIRS = 3;
/** After so long a reader that has not seen everything has skipped something. */
const MAX_READ_MS = 60_000;

export type Outcome = {
  violations: string[];
  failures: Failure[];
  acknowledged: number;
  repeats: number;
  seconds: number;
};

/**
 * People converse over two cores while parts fail, `kills` times, of these `kinds`, by a seed. Then each conversation is compared with what was
 * acknowledged and what everyone has seen, at both cores. `env`: more variables of the cores.
 */
export async function converse(
  pair: PostgresPair,
  {
    kills,
    seed,
    env = {},
    kinds = KINDS,
  }: { kills: number; seed: number; env?: Record<string, string>; kinds?: readonly Kind[] },
): Promise<Outcome> {
  const started = performance.now();
  const cores = await startCores(await pair.newDatabase());
  const more = { LOG_LEVEL: 'warn', ...env };
  const now: CoresNow = [await cores.start(more), await cores.start(more)];
  try {
    const random = seeded(seed);
    const ledger = new Ledger();
    const deps = { cores: now, ledger, random };
    const people = await signUpPairs((now[0] as Core).url, 'warga', PAIRS);
    const group = await groupOf(people);
    const readers = people.flat().map((person, index) => new Reader(person, (index + 1) % 2, deps));
    for (const reader of readers) await reader.load();
    const writers = people.flatMap(([a, b], index) => [
      { writer: new Writer(a, index % 2, deps), to: { receiverId: b.id } },
      { writer: new Writer(b, (index + 1) % 2, deps), to: { receiverId: a.id } },
      { writer: new Writer(a, index % 2, deps), to: { conversationId: group } },
    ]);
    const reading = readers.map((reader) => reader.run());
    const writing = writers.map(({ writer, to }) => writer.run(to));
    const failures = new Failures({ pair, cores, now, ledger, random, env: more });
    await failures.run(kills, kinds);
    for (const { writer } of writers) writer.end();
    await Promise.all(writing);
    await compare(now, ledger, readers);
    for (const reader of readers) reader.end();
    await cores.stop();
    await Promise.all(reading);
    return {
      violations: ledger.violations,
      failures: failures.done,
      acknowledged: ledger.acknowledged.size,
      repeats: ledger.repeats,
      seconds: (performance.now() - started) / 1000,
    };
  } catch (error) {
    await cores.stop();
    throw error;
  }
}

/** A group of everyone, by the first of them. */
async function groupOf(people: [Person, Person][]): Promise<Id> {
  const [creator, ...others] = people.flat() as [Person, ...Person[]];
  for (const { username } of others.slice(1))
    await creator.post('/friends/add', { myId: creator.id, friendUsername: username });
  const memberIds = others.map(({ id }) => id);
  const { status, body } = await creator.post('/groups', { name: 'Warga', memberIds });
  if (status !== 200) throw new Error(`make a group: ${JSON.stringify(body)}`);
  return (body as GroupConversation).id;
}

/** Compares what every core has with what was acknowledged, and with what the readers saw. */
async function compare(now: CoresNow, ledger: Ledger, readers: Reader[]): Promise<void> {
  const deadline = performance.now() + (ledger.violations.length === 0 ? MAX_READ_MS : 0);
  for (const [conversationId, last] of ledger.lastSeqs()) {
    for (const reader of readers.filter(({ seen }) => seen.has(conversationId))) {
      const { username } = reader.person;
      await waitUntil(deadline, () => reader.lastSeq(conversationId) >= last);
      if (reader.lastSeq(conversationId) < last)
        ledger.fail(`${username} never saw seq ${reader.lastSeq(conversationId) + 1} of ${conversationId}`);
      for (const [index, core] of now.entries()) {
        let history: Message[] = [];
        await waitUntil(deadline, async () => {
          history = await historyOf(core, reader.person, conversationId);
          return (history.at(-1)?.seq ?? 0) >= last;
        });
        ledger.checkHistory(conversationId, history);
        if (outline(history) !== outline(reader.seen.get(conversationId) ?? []))
          ledger.fail(`core ${index + 1} has another ${conversationId} than ${username} saw`);
      }
    }
  }
}

const outline = (messages: Message[]) =>
  messages.map(({ seq, id, content }) => `${seq} ${id} ${content}`).join('\n');

async function historyOf(core: Core, reader: Person, conversationId: Id): Promise<Message[]> {
  const messages: Message[] = [];
  for (;;) {
    const query = `myId=${reader.id}&conversationId=${conversationId}&limit=200&after=${messages.at(-1)?.seq ?? 0}`;
    const { status, body } = await personWith(core.url, reader).get(`/chat/history?${query}`);
    if (status !== 200) throw new Error(`history: ${JSON.stringify(body)}`);
    messages.push(...(body as Message[]));
    if ((body as Message[]).length < 200) return messages;
  }
}

/** Asks again until it is so, at least once. */
async function waitUntil(deadline: number, isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo()) && performance.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 20));
}
