import { connect } from 'node:net';
import { openTiming, type Timed } from '../drive/timing.ts';
import { XMPP_PASSWORD } from './prosody.ts';

/** A client logged in to an XMPP server on this machine, in plain text. */
export type XmppClient = {
  send(to: string, id: string, text: string): void;
  /** Ids of messages, as they arrive; there is one listener. */
  onMessage(listener: (id: string) => void): void;
  close(): void;
};

const STREAM =
  "<?xml version='1.0'?><stream:stream to='localhost' xmlns='jabber:client' " +
  "xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>";
const ANSWER_TIMEOUT_MS = 10_000;

/** Logs in by RFC 6120 §6–7: stream, PLAIN, stream again, a resource, presence. @throws Error when it is refused */
export async function openXmpp(port: number, name: string): Promise<XmppClient> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.setEncoding('utf8');
  let read = '';
  let take = (): void => {};
  socket.on('data', (chunk: string) => {
    read += chunk;
    take();
  });
  const until = (end: RegExp) =>
    new Promise<void>((done, fail) => {
      const timeout = setTimeout(
        () => fail(new Error(`XMPP: no ${end} in ${read.slice(-300)}`)),
        ANSWER_TIMEOUT_MS,
      );
      take = () => {
        const found = end.exec(read);
        if (!found) return;
        read = read.slice(found.index + found[0].length);
        take = () => {};
        clearTimeout(timeout);
        done();
      };
      take();
    });
  const ask = (stanza: string, end: RegExp) => {
    socket.write(stanza);
    return until(end);
  };
  const secret = Buffer.from(`\0${name}\0${XMPP_PASSWORD}`).toString('base64');
  await ask(STREAM, /<\/stream:features>/);
  await ask(
    `<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${secret}</auth>`,
    /<success[^>]*>/,
  );
  await ask(STREAM, /<\/stream:features>/);
  await ask(
    "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>x</resource></bind></iq>",
    /<\/bind><\/iq>/,
  );
  await ask('<presence/>', /<presence[^>]*>/);
  return {
    send: (to, id, text) =>
      void socket.write(
        `<message type='chat' id='${id}' to='${to}@localhost'><body>${text}</body></message>`,
      ),
    onMessage: (listener) => {
      take = () => {
        const { ids, rest } = readIds(read);
        read = rest;
        for (const id of ids) listener(id);
      };
    },
    close: () => socket.destroy(),
  };
}

/** The ids of the messages that begin in this piece of a stream, and what may be the beginning of another. */
export function readIds(text: string): { ids: string[]; rest: string } {
  const started = /<message\s[^>]*>/g;
  const ids: string[] = [];
  let end = 0;
  for (let found = started.exec(text); found; found = started.exec(text)) {
    end = started.lastIndex;
    const id = /\sid=['"]([^'"]+)['"]/.exec(found[0])?.[1];
    if (id) ids.push(id);
  }
  const open = text.lastIndexOf('<');
  return { ids, rest: open >= end ? text.slice(open) : '' };
}

/** Pairs of accounts p0 and p1, p2 and p3…; each pair has one message in flight, and the next follows its arrival. */
export type XmppOrder = {
  kind: 'xmpp';
  port: number;
  pairs: number;
  text: string;
  ms: number;
  warmUpMs: number;
};

const CLOSE_TIMEOUT_MS = 3000;

export async function xmppDeliver({ port, pairs, text, ms, warmUpMs }: XmppOrder): Promise<Timed> {
  const clients: XmppClient[] = [];
  for (let n = 0; n < 2 * pairs; n++) clients.push(await openXmpp(port, `p${n}`));
  const started = performance.now();
  const [counted, until] = [started + warmUpMs, started + warmUpMs + ms];
  const timing = openTiming();
  const talk = (n: number) =>
    new Promise<void>((done) => {
      const [from, to] = [clients[2 * n], clients[2 * n + 1]];
      let [count, sentAt] = [0, 0];
      const sendNext = () => {
        count += 1;
        sentAt = performance.now();
        from?.send(`p${2 * n + 1}`, `m${count}`, text);
      };
      // Stanzas that Prosody sends back to the sender are discarded.
      from?.onMessage(() => {});
      to?.onMessage((id) => {
        if (id !== `m${count}`) return;
        const now = performance.now();
        if (sentAt >= counted && now < until) timing.add(200, now - sentAt);
        if (now < until) sendNext();
        else done();
      });
      sendNext();
    });
  const deadline = new Promise<void>((done) => setTimeout(done, warmUpMs + ms + CLOSE_TIMEOUT_MS).unref());
  await Promise.race([Promise.all(Array.from({ length: pairs }, (_, n) => talk(n))), deadline]);
  for (const client of clients) client.close();
  return timing.result(ms / 1000);
}
