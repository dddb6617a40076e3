import { connect } from 'node:net';
import { XMPP_PASSWORD } from './prosody.ts';

/** Somebody signed in to an XMPP server on this machine, in plain text. */
export type XmppClient = {
  say(to: string, id: string, text: string): void;
  /** Ids of messages, as they arrive; there is one listener. */
  onMessage(listener: (id: string) => void): void;
  close(): void;
};

const STREAM =
  "<?xml version='1.0'?><stream:stream to='localhost' xmlns='jabber:client' " +
  "xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>";
const TIMEOUT_MS = 10_000;

/** Logs in as RFC 6120 §6–7 says: stream, PLAIN, stream again, a resource, presence. @throws Error when it is refused */
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
      const late = setTimeout(() => fail(new Error(`XMPP: no ${end} in ${read.slice(-300)}`)), TIMEOUT_MS);
      take = () => {
        const found = end.exec(read);
        if (!found) return;
        read = read.slice(found.index + found[0].length);
        take = () => {};
        clearTimeout(late);
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
    say: (to, id, text) =>
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
  const begun = /<message\s[^>]*>/g;
  const ids: string[] = [];
  let end = 0;
  for (let found = begun.exec(text); found; found = begun.exec(text)) {
    end = begun.lastIndex;
    const id = /\sid=['"]([^'"]+)['"]/.exec(found[0])?.[1];
    if (id) ids.push(id);
  }
  const open = text.lastIndexOf('<');
  return { ids, rest: open >= end ? text.slice(open) : '' };
}
