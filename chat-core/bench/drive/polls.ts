import { askOnce, BATCH_PAUSE_MS, CONNECTION_BATCH, type Connection, openConnection } from './connection.ts';
import { type Person, pollText } from './request.ts';

const WAIT_SECONDS = 25;
/** A 204 within this time was not held. */
const HELD_MS = 1000;
/** Pause after a poll that was not held. */
const PAUSE_MS = 20;

export type PollCounts = { polls: number; notHeld: number; codes: Record<string, number> };
export type Listener = { stop(): void };
type Delta = {
  cursor: string;
  messages?: { id: string; senderId: string }[];
  typing?: { userId: string; forMs: number }[];
  presence?: { userId: string; online: boolean }[];
};

/** A client with a long poll: it polls, takes the delta, and polls again at once from the new cursor. */
export function listen(
  port: number,
  { token }: Person,
  cursor: string,
  polled: PollCounts,
  onMessage: (id: string, senderId: string) => void = () => {},
  onDelta: (delta: Delta) => void = () => {},
): Listener {
  const connection: Connection = openConnection(port);
  let stopped = false;
  let request = Buffer.from(pollText(token, cursor, WAIT_SECONDS), 'latin1');
  const ask = () => {
    if (stopped) return;
    const started = performance.now();
    polled.polls += 1;
    connection.ask(request, (status, body) => {
      polled.codes[status] = (polled.codes[status] ?? 0) + 1;
      if (status === 200) {
        const delta = JSON.parse(body.toString()) as Delta;
        request = Buffer.from(pollText(token, delta.cursor, WAIT_SECONDS), 'latin1');
        onDelta(delta);
        for (const { id, senderId } of delta.messages ?? []) onMessage(id, senderId);
        ask();
      } else if (status === 204 && performance.now() - started > HELD_MS) {
        ask();
      } else {
        polled.notHeld += 1;
        setTimeout(ask, PAUSE_MS);
      }
    });
  };
  ask();
  return {
    stop: () => {
      stopped = true;
      connection.close();
    },
  };
}

/** Holds a poll of each person, until `release`. */
export type HoldOrder = { kind: 'hold'; port: number; people: Person[] };
export type ReleaseOrder = { kind: 'release' };

let listeners: Listener[] = [];
let polled: PollCounts = { polls: 0, notHeld: 0, codes: {} };

/** Resolves when all polls are sent. */
export async function hold({ port, people }: HoldOrder): Promise<{ held: number }> {
  polled = { polls: 0, notHeld: 0, codes: {} };
  const cursors = await cursorsOf(port, people);
  for (const [n, person] of people.entries()) {
    listeners.push(listen(port, person, cursors[n] ?? '', polled));
    if (n % CONNECTION_BATCH === 0) await new Promise((done) => setTimeout(done, BATCH_PAUSE_MS));
  }
  return { held: listeners.length };
}

/** Ends the polls; returns what was answered, and how many were not held. */
export async function release(): Promise<PollCounts> {
  for (const listener of listeners) listener.stop();
  listeners = [];
  return polled;
}

/** A cursor acknowledges delivery, which changes the deltas of others: after this many rounds nothing is new. */
const ROUNDS = 4;

/** The current cursor of each person, from which nothing is new. @throws Error when a poll is refused */
export async function cursorsOf(port: number, people: Person[]): Promise<string[]> {
  const cursors: string[] = [];
  for (let round = 0; round < ROUNDS; round++) await pollAll(port, people, cursors);
  return cursors;
}

async function pollAll(port: number, people: Person[], cursors: string[]): Promise<void> {
  let next = 0;
  const work = async () => {
    const connection = openConnection(port);
    for (let n = next++; n < people.length; n = next++) {
      const bytes = Buffer.from(pollText(people[n]?.token ?? '', cursors[n]), 'latin1');
      const { status, text } = await askOnce(connection, bytes);
      if (status === 204) continue;
      if (status !== 200) throw new Error(`a poll was answered ${status}: ${text}`);
      cursors[n] = (JSON.parse(text) as { cursor: string }).cursor;
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: 8 }, work));
}
