import type { Caller } from '../http/route.ts';
import type { FileAddress, Id } from '../wire/wire.ts';
import {
  type AddressDeps,
  type AddressFields,
  requireSignature,
  requireUnexpired,
  signFields,
} from './signed-address.ts';

/** Names a file of a message. */
export type AttachmentRef = { conversationId: Id; seq: number; attachmentId: Id };

/**
 * A signed address of a file, valid for five minutes, for media elements, which send no token. It is bound to the file and to
 * the session: a logout of its device, or on all, and another password end it.
 * @throws ApiError UNAUTHENTICATED for a session that has ended
 */
export function signAddress(
  deps: AddressDeps,
  caller: Pick<Caller, 'userId' | 'deviceId'>,
  ref: AttachmentRef,
): FileAddress {
  const { query, expiresAt } = signFields(deps, caller, subjectOf(ref));
  return { path: `/files/${ref.conversationId}/${ref.seq}/${ref.attachmentId}?${query}`, expiresAt };
}

/** Checks an address. The error is the same for every reason. @throws ApiError ADDRESS_EXPIRED */
export function checkAddress(deps: AddressDeps, ref: AttachmentRef, fields: AddressFields): void {
  checkSignature(deps, ref, fields);
  requireUnexpired(deps, fields);
}

/** Checks that an address, expired or not, was made by this box and not revoked. @throws ApiError ADDRESS_EXPIRED */
export function checkSignature(deps: AddressDeps, ref: AttachmentRef, fields: AddressFields): void {
  requireSignature(deps, subjectOf(ref), fields);
}

const subjectOf = ({ conversationId, seq, attachmentId }: AttachmentRef) => [
  conversationId,
  seq,
  attachmentId,
];
