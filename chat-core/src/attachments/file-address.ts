import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import { ApiError } from '../errors.ts';
import type { Caller } from '../http/route.ts';
import type { Store } from '../storage/store.ts';
import type { FileAddress, Id } from '../wire/wire.ts';

/** How long an address is valid, by server time. */
const LIFETIME_MS = 5 * 60_000;

/** Names a file of a message. */
export type AttachmentRef = { conversationId: Id; seq: number; attachmentId: Id };
/** The session that an address was made for. */
type Session = { person: Id; device: Id };
/** The fields of an address besides those that name the file; `expires` is in server time. */
export type AddressFields = Session & { expires: number; signature: string };

type Deps = { store: Pick<Store, 'signedIn' | 'time'>; key: KeyObject };

/**
 * A signed address of a file, valid for five minutes, for media elements, which send no token. It is bound to the file and to
 * the session: a logout of its device, or on all, and another password end it.
 * @throws ApiError UNAUTHENTICATED for a session that has ended
 */
export function signAddress(
  { store, key }: Deps,
  { userId: person, deviceId: device }: Pick<Caller, 'userId' | 'deviceId'>,
  ref: AttachmentRef,
): FileAddress {
  const { time } = store;
  const expires = time.now() + LIFETIME_MS;
  const signature = signatureOf({ store, key }, { person, device }, expires, ref);
  if (!signature) throw new ApiError('UNAUTHENTICATED');
  const query = new URLSearchParams({
    person,
    device,
    expires: String(expires),
    signature: signature.toString('base64url'),
  });
  const path = `/files/${ref.conversationId}/${ref.seq}/${ref.attachmentId}?${query}`;
  return { path, expiresAt: time.toWall(expires) };
}

/** Checks an address. The error is the same for every reason. @throws ApiError ADDRESS_EXPIRED */
export function checkAddress(deps: Deps, ref: AttachmentRef, fields: AddressFields): void {
  checkSignature(deps, ref, fields);
  const now = deps.store.time.now();
  if (fields.expires <= now || fields.expires > now + LIFETIME_MS) throw new ApiError('ADDRESS_EXPIRED');
}

/** Checks that an address, expired or not, was made by this box and not revoked. @throws ApiError ADDRESS_EXPIRED */
export function checkSignature(
  deps: Deps,
  ref: AttachmentRef,
  { expires, signature, ...session }: AddressFields,
): void {
  const expected = signatureOf(deps, session, expires, ref);
  const given = Buffer.from(signature, 'base64url');
  if (expected?.length !== given.length || !timingSafeEqual(expected, given))
    throw new ApiError('ADDRESS_EXPIRED');
}

/** Each field has a fixed form without the separator. Undefined without such a session. */
function signatureOf(
  { store, key }: Deps,
  { person, device }: Session,
  expires: number,
  ref: AttachmentRef,
): Buffer | undefined {
  const account = store.signedIn(person);
  if (!account?.devices.some(({ id }) => id === device)) return undefined;
  const { conversationId, seq, attachmentId } = ref;
  const fields = [person, device, account.tokenVersion, expires, conversationId, seq, attachmentId];
  return createHmac('sha256', key).update(fields.join('\n')).digest();
}
