import { type Connection, openConnection } from './connection.ts';
import { type Person, pollText } from './request.ts';

const WAIT_SECONDS = 25;
/** A 204 that comes sooner was not held. */
const HELD_MS = 1000;
/** Before asking again where nothing is held, so that one client is not a loop. */
const PAUSE_MS = 20;

export type Heard = { polls: number; early: number; codes: Record<string, number> };
export type Listener = { stop(): void };
type Delta = {
  cursor: string;
  messages?: { id: string; senderId: string }[];
  typing?: { userId: string; forMs: number }[];
  presence?: { userId: string; online: boolean }[];
};

/** Somebody whose poll is always held: asks, takes what comes, asks again at once from the new cursor. */
export function listen(
  port: number,
  { token }: Person,
  cursor: string,
  heard: Heard,
  onMessage: (id: string, senderId: string) => void = () => {},
  onDelta: (delta: Delta) => void = () => {},
): Listener {
  const connection: Connection = openConnection(port);
  let stopped = false;
  let request = Buffer.from(pollText(token, cursor, WAIT_SECONDS), 'latin1');
  const ask = () => {
    if (stopped) return;
    const begun = performance.now();
    heard.polls += 1;
    connection.ask(request, (status, body) => {
      heard.codes[status] = (heard.codes[status] ?? 0) + 1;
      if (status === 200) {
        const delta = JSON.parse(body.toString()) as Delta;
        request = Buffer.from(pollText(token, delta.cursor, WAIT_SECONDS), 'latin1');
        onDelta(delta);
        for (const { id, senderId } of delta.messages ?? []) onMessage(id, senderId);
        ask();
      } else if (status === 204 && performance.now() - begun > HELD_MS) {
        ask();
      } else {
        heard.early += 1;
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
