import type {
  NewPasskey,
  PasskeyAssertion,
  PasskeyCreation,
  PasskeyRequest,
} from '../../../../chat-core/src/wire/wire.ts';

/** Written over navigator.credentials itself: six fields are less code than a library, and run where its JSON helpers are missing. */
export const hasPasskeys = (): boolean => 'PublicKeyCredential' in globalThis;

const toBytes = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (one) => one.charCodeAt(0));
const toText = (bytes: ArrayBuffer): string =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');

/** Makes a passkey. @returns undefined when the person cancels, or this device has one already */
export async function createPasskey(options: PasskeyCreation): Promise<NewPasskey | undefined> {
  const publicKey = {
    ...options,
    challenge: toBytes(options.challenge),
    user: { ...options.user, id: toBytes(options.user.id) },
    excludeCredentials: options.excludeCredentials.map((one) => ({
      ...one,
      id: toBytes(one.id),
      transports: one.transports as AuthenticatorTransport[],
    })),
  };
  const created = await navigator.credentials.create({ publicKey }).catch(ignoreCancel);
  if (!created) return undefined;
  const response = (created as PublicKeyCredential).response as AuthenticatorAttestationResponse;
  return {
    clientDataJSON: toText(response.clientDataJSON),
    attestationObject: toText(response.attestationObject),
    transports: response.getTransports?.() ?? [],
  };
}

/** Asks for a passkey of this box. @returns undefined when the person cancels, or has none here */
export async function usePasskey(options: PasskeyRequest): Promise<PasskeyAssertion | undefined> {
  const publicKey = { ...options, challenge: toBytes(options.challenge) };
  const used = await navigator.credentials.get({ publicKey }).catch(ignoreCancel);
  if (!used) return undefined;
  const response = (used as PublicKeyCredential).response as AuthenticatorAssertionResponse;
  return {
    id: used.id,
    clientDataJSON: toText(response.clientDataJSON),
    authenticatorData: toText(response.authenticatorData),
    signature: toText(response.signature),
    ...(response.userHandle && { userHandle: toText(response.userHandle) }),
  };
}

function ignoreCancel(thrown: unknown): null {
  if (thrown instanceof DOMException) return null;
  throw thrown;
}
