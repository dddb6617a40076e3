import { OPENED_AT_ONCE, OPENING_PAUSE_MS } from './connection.ts';
import { cursorsOf } from './cursors.ts';
import { type Heard, type Listener, listen } from './listener.ts';
import type { Person } from './request.ts';

/** Everybody's poll is held from now on, until `release`. */
export type HoldOrder = { kind: 'hold'; port: number; people: Person[] };
export type ReleaseOrder = { kind: 'release' };

let listeners: Listener[] = [];
let heard: Heard = { polls: 0, early: 0, codes: {} };

/** Answers when all of them have asked. */
export async function hold({ port, people }: HoldOrder): Promise<{ held: number }> {
  heard = { polls: 0, early: 0, codes: {} };
  const cursors = await cursorsOf(port, people);
  for (const [n, person] of people.entries()) {
    listeners.push(listen(port, person, cursors[n] ?? '', heard));
    if (n % OPENED_AT_ONCE === 0) await new Promise((done) => setTimeout(done, OPENING_PAUSE_MS));
  }
  return { held: listeners.length };
}

/** What they heard, and whether their polls were really held. */
export async function release(): Promise<Heard> {
  for (const listener of listeners) listener.stop();
  listeners = [];
  return heard;
}
