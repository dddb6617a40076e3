import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import { ApiError } from '../errors.ts';
import type { Caller } from '../http/route.ts';
import type { Store } from '../storage/store.ts';
import type { Id } from '../wire/wire.ts';

/** How long an address is valid, by server time. */
const LIFETIME_MS = 5 * 60_000;

/** The session that an address was made for. */
type Session = { person: Id; device: Id };
/** The fields of an address besides those that name its subject; `expires` is in server time. */
export type AddressFields = Session & { expires: number; signature: string };
export type AddressDeps = { store: Pick<Store, 'signedIn' | 'time'>; key: KeyObject };
/** What an address is of: values of a fixed form, without line feeds. Subjects of two kinds have different numbers of values. */
type Subject = readonly (string | number)[];

/** The query of an address and when it expires. @throws ApiError UNAUTHENTICATED for a session that has ended */
export function signFields(
  { store, key }: AddressDeps,
  { userId: person, deviceId: device }: Pick<Caller, 'userId' | 'deviceId'>,
  subject: Subject,
): { query: URLSearchParams; expiresAt: number } {
  const { time } = store;
  const expires = time.now() + LIFETIME_MS;
  const signature = signatureOf({ store, key }, { person, device }, expires, subject);
  if (!signature) throw new ApiError('UNAUTHENTICATED');
  const query = new URLSearchParams({
    person,
    device,
    expires: String(expires),
    signature: signature.toString('base64url'),
  });
  return { query, expiresAt: time.toWall(expires) };
}

/** @throws ApiError ADDRESS_EXPIRED */
export function requireUnexpired({ store }: AddressDeps, { expires }: AddressFields): void {
  const now = store.time.now();
  if (expires <= now || expires > now + LIFETIME_MS) throw new ApiError('ADDRESS_EXPIRED');
}

/** Checks that an address, expired or not, was made by this box and not revoked. @throws ApiError ADDRESS_EXPIRED */
export function requireSignature(
  deps: AddressDeps,
  subject: Subject,
  { expires, signature, ...session }: AddressFields,
): void {
  const expected = signatureOf(deps, session, expires, subject);
  const given = Buffer.from(signature, 'base64url');
  if (expected?.length !== given.length || !timingSafeEqual(expected, given))
    throw new ApiError('ADDRESS_EXPIRED');
}

/** Each field has a fixed form without the separator. Undefined without such a session. */
function signatureOf(
  { store, key }: AddressDeps,
  { person, device }: Session,
  expires: number,
  subject: Subject,
): Buffer | undefined {
  const account = store.signedIn(person);
  if (!account?.devices.some(({ id }) => id === device)) return undefined;
  const fields = [person, device, account.tokenVersion, expires, ...subject];
  return createHmac('sha256', key).update(fields.join('\n')).digest();
}
