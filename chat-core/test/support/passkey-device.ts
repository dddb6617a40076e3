import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import type { NewPasskey, PasskeyAssertion, PasskeyCreation, PasskeyRequest } from '../../src/wire/wire.ts';
import type { Client } from './client.ts';
import { reauthenticate } from './person.ts';

/** What a forged answer has otherwise. */
export type Forgery = {
  origin?: string;
  rpId?: string;
  type?: string;
  crossOrigin?: boolean;
  /** User present and user verified. */
  flags?: number;
  counter?: number;
  key?: KeyObject;
  id?: string;
  userHandle?: string;
  algorithm?: number;
  attestation?: Cbor;
  topOrigin?: string;
};

const PRESENT = 0x01;
const VERIFIED = 0x04;
const BACKED_UP = 0x18;
const HAS_CREDENTIAL = 0x40;

type Cbor = number | string | Uint8Array | Cbor[] | Map<number | string, Cbor>;

/** CBOR (RFC 8949) of what an authenticator says: integers, texts, bytes, arrays and maps. */
function cbor(value: Cbor): Buffer {
  const head = (major: number, length: number) => {
    if (length < 24) return Buffer.of((major << 5) | length);
    if (length < 256) return Buffer.of((major << 5) | 24, length);
    return Buffer.of((major << 5) | 25, length >> 8, length & 255);
  };
  if (typeof value === 'number') return value >= 0 ? head(0, value) : head(1, -1 - value);
  if (typeof value === 'string')
    return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value]);
  if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(cbor)]);
  return Buffer.concat([head(5, value.size), ...[...value].flatMap(([key, one]) => [cbor(key), cbor(one)])]);
}

const base64Url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest();

/** An authenticator in software with one passkey (ES256), and the browser in front of it, for pages of `origin`. */
export function createPasskeyDevice(origin: string, { counts = true } = {}) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const id = randomBytes(32);
  let counter = 0;
  let userHandle = '';

  const clientData = (type: string, challenge: string, forged: Forgery) =>
    Buffer.from(
      JSON.stringify({
        type: forged.type ?? type,
        challenge,
        origin: forged.origin ?? origin,
        crossOrigin: forged.crossOrigin ?? false,
        ...(forged.topOrigin && { topOrigin: forged.topOrigin }),
      }),
    );
  const authenticatorData = (rpId: string, flags: number, forged: Forgery, credential: Uint8Array[] = []) => {
    if (counts) counter += 1;
    const head = Buffer.alloc(5);
    head.writeUInt8(forged.flags ?? flags);
    head.writeUInt32BE(forged.counter ?? counter, 1);
    return Buffer.concat([sha256(forged.rpId ?? rpId), head, ...credential]);
  };

  return {
    id: base64Url(id),
    privateKey,
    /** Makes its passkey, as navigator.credentials.create does. */
    create({ challenge, rp, user }: PasskeyCreation, forged: Forgery = {}): NewPasskey {
      userHandle = user.id;
      const key = new Map<number | string, Cbor>([
        [1, 2],
        [3, forged.algorithm ?? -7],
        [-1, 1],
        [-2, Buffer.from(x, 'base64url')],
        [-3, Buffer.from(y, 'base64url')],
      ]);
      const flags = PRESENT | VERIFIED | HAS_CREDENTIAL | (counts ? 0 : BACKED_UP);
      const length = Buffer.of(id.length >> 8, id.length & 255);
      const data = authenticatorData(rp.id, flags, forged, [Buffer.alloc(16), length, id, cbor(key)]);
      const clientDataJSON = clientData('webauthn.create', challenge, forged);
      const attestation = forged.attestation
        ? new Map<string, Cbor>([
            ['fmt', 'packed'],
            ['attStmt', forged.attestation],
          ])
        : new Map<string, Cbor>([
            ['fmt', 'none'],
            ['attStmt', new Map()],
          ]);
      return {
        clientDataJSON: base64Url(clientDataJSON),
        attestationObject: base64Url(cbor(attestation.set('authData', data))),
        transports: ['internal'],
      };
    },
    /** Signs a challenge, as navigator.credentials.get does. */
    get({ challenge, rpId }: PasskeyRequest, forged: Forgery = {}): PasskeyAssertion {
      const data = authenticatorData(rpId, PRESENT | VERIFIED | (counts ? 0 : BACKED_UP), forged);
      const clientDataJSON = clientData('webauthn.get', challenge, forged);
      const signed = Buffer.concat([data, sha256(clientDataJSON)]);
      return {
        id: forged.id ?? base64Url(id),
        clientDataJSON: base64Url(clientDataJSON),
        authenticatorData: base64Url(data),
        signature: base64Url(sign('sha256', signed, forged.key ?? privateKey)),
        userHandle: forged.userHandle ?? userHandle,
      };
    },
  };
}
export type PasskeyDevice = ReturnType<typeof createPasskeyDevice>;

/** Adds the passkey of a device to a person's account, by password, and by a second factor where there is one. */
export async function addPasskey(
  who: Client,
  device: PasskeyDevice,
  more: { secondFactor?: object } = {},
): Promise<string[] | undefined> {
  const { ticket } = (await reauthenticate(who, more)).body;
  const offered = (await who.post('/auth/second-factor/passkeys/offer', { ticket })).body;
  const input = { ticket, name: 'Ponsel', passkey: device.create(offered) };
  const { body } = await who.post('/auth/second-factor/passkeys', input);
  return body.recoveryCodes;
}

/** A proof of a passkey by a new challenge. */
export async function assertPasskey(
  who: { get(path: string): PromiseLike<{ body: PasskeyRequest }> },
  device: PasskeyDevice,
  forged?: Forgery,
): Promise<PasskeyAssertion> {
  return device.get((await who.get('/auth/passkey-challenge')).body, forged);
}
