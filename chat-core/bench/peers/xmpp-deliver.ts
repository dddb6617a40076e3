import { openTiming, type Timed } from '../drive/timing.ts';
import { openXmpp, type XmppClient } from './xmpp.ts';

/** Pairs of accounts p0 and p1, p2 and p3…; each pair has one message under way, and the next follows its arrival. */
export type XmppOrder = {
  kind: 'xmpp';
  port: number;
  pairs: number;
  text: string;
  ms: number;
  warmUpMs: number;
};

const TIMEOUT_MS = 3000;

export async function xmppDeliver({ port, pairs, text, ms, warmUpMs }: XmppOrder): Promise<Timed> {
  const clients: XmppClient[] = [];
  for (let n = 0; n < 2 * pairs; n++) clients.push(await openXmpp(port, `p${n}`));
  const begun = performance.now();
  const [counted, until] = [begun + warmUpMs, begun + warmUpMs + ms];
  const timing = openTiming();
  const talk = (n: number) =>
    new Promise<void>((done) => {
      const [from, to] = [clients[2 * n], clients[2 * n + 1]];
      let [said, asked] = [0, 0];
      const say = () => {
        said += 1;
        asked = performance.now();
        from?.say(`p${2 * n + 1}`, `m${said}`, text);
      };
      // What Prosody says back to the sender is read and let go.
      from?.onMessage(() => {});
      to?.onMessage((id) => {
        if (id !== `m${said}`) return;
        const now = performance.now();
        if (asked >= counted && now < until) timing.add(200, now - asked);
        if (now < until) say();
        else done();
      });
      say();
    });
  const late = new Promise<void>((done) => setTimeout(done, warmUpMs + ms + TIMEOUT_MS).unref());
  await Promise.race([Promise.all(Array.from({ length: pairs }, (_, n) => talk(n))), late]);
  for (const client of clients) client.close();
  return timing.result(ms / 1000);
}
