import { acknowledged } from './acknowledged.ts';
import { askOnce, openConnection } from './connection.ts';
import { prepare } from './request.ts';

/** One client that asks these in turn, every `everyMs`, until `inARow` of them were answered 2xx within `normalMs`. */
export type RecoverOrder = {
  kind: 'recover';
  port: number;
  requests: string[];
  normalMs: number;
  everyMs: number;
  inARow: number;
  patienceMs: number;
};

/** Milliseconds until the first of that row was asked; undefined when patience ended before. */
export async function recover(order: RecoverOrder): Promise<{ ms: number | undefined }> {
  const begun = performance.now();
  const next = order.requests.map(prepare);
  const connection = openConnection(order.port);
  let [row, since] = [0, begun];
  for (let n = 0; row < order.inARow; n++) {
    const asked = performance.now();
    if (asked - begun > order.patienceMs) return { ms: undefined };
    if (row === 0) since = asked;
    const { bytes, id } = next[n % next.length]?.() ?? { bytes: Buffer.alloc(0) };
    const status = await askOnce(connection, bytes).then(
      (answer) => answer.status,
      () => 0,
    );
    if (status === 200 && id !== undefined) acknowledged.add(id);
    const ms = performance.now() - asked;
    row = status >= 200 && status < 300 && ms <= order.normalMs ? row + 1 : 0;
    await new Promise((done) => setTimeout(done, Math.max(0, order.everyMs - ms)));
  }
  connection.close();
  return { ms: since - begun };
}
