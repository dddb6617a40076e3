import { afterAll, beforeAll, expect, it } from 'vitest';
import { canary, formsOf } from './support/canary.ts';
import { type Pair, startPair } from './support/pair.ts';
import { type Person, signUpPairs } from './support/person.ts';
import { startTcpRelay, type TcpRelay } from './support/tcp-relay.ts';

/** Of TLS 1.3 (RFC 8446 §5.1): change_cipher_spec, alert, handshake, application_data. */
const RECORD_TYPES = [20, 21, 22, 23];
const HANDSHAKE = 22;
const APPLICATION_DATA = 23;

let relay: TcpRelay;
let pair: Pair;
let ani: Person;
let budi: Person;
beforeAll(async () => {
  relay = await startTcpRelay();
  // Texts come from cipher-service each time, not from the cache.
  pair = await startPair(
    { CIPHER_PORT: String(relay.port), PLAINTEXT_CACHE: 'off' },
    { onCipher: relay.use },
  );
  [[ani, budi]] = (await signUpPairs(pair.url, 'orang', 1)) as [[Person, Person]];
});
afterAll(async () => {
  await pair.stop();
  await relay.stop();
});

/** The types of the TLS records that a recorded stream consists of. @throws where it is anything else */
function recordTypes(stream: Buffer): number[] {
  const types: number[] = [];
  for (let at = 0; at < stream.length; ) {
    const [type = -1, major] = stream.subarray(at);
    if (!RECORD_TYPES.includes(type) || major !== 3) throw new Error(`no TLS record at byte ${at}`);
    types.push(type);
    at += 5 + stream.readUInt16BE(at + 3);
  }
  return types;
}

it('whoever records the network between the core and cipher-service sees TLS 1.3 alone, and no word of what is sealed and opened', async () => {
  const words = Array.from({ length: 100 }, canary);
  const send = (message: string) =>
    ani.post('/chat/send', { senderId: ani.id, receiverId: budi.id, message });
  for (const word of words) expect((await send(word)).status).toBe(200);
  await ani.patch('/me', { displayName: words[0], about: words[1] });
  const { body } = await budi.get(`/chat/history?myId=${budi.id}&friendId=${ani.id}&limit=200`);
  expect((body as { content: string }[]).map(({ content }) => content)).toEqual(words);

  const streams = relay.recorded().filter(({ length }) => length > 0);
  const all = Buffer.concat(streams).toString('latin1');
  // The premise: the texts passed here twice, and a search finds what is readable: the name in the handshake.
  expect(all.length).toBeGreaterThan(2 * words.join('').length);
  expect(all).toContain('cipher-service');
  const seen = words.filter((word) => formsOf(word).some((form) => all.includes(form)));
  expect(seen).toEqual([]);
  for (const stream of streams) {
    const types = recordTypes(stream);
    expect([types[0], types.includes(APPLICATION_DATA)]).toEqual([HANDSHAKE, true]);
    // In TLS 1.3 everything after the hello is encrypted, certificates too: one handshake record in each direction.
    expect(types.filter((type) => type === HANDSHAKE)).toHaveLength(1);
  }
});
