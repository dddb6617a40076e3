import { expect, it } from 'vitest';
import { readIds } from './xmpp.ts';

const STREAM =
  "<presence from='a@localhost/x'/><message id='m1' type='chat' to='b@localhost'><body>&lt;message id='no'&gt;</body></message>" +
  "<message type='chat' to='b@localhost' id=\"m2\"><body>x</body><stanza-id id='archive-7'/></message>";

it('the id of each message is read once, wherever the stream is split', () => {
  for (let cut = 0; cut <= STREAM.length; cut++) {
    const first = readIds(STREAM.slice(0, cut));
    const second = readIds(first.rest + STREAM.slice(cut));
    expect([...first.ids, ...second.ids], `cut at ${cut}`).toEqual(['m1', 'm2']);
  }
});
