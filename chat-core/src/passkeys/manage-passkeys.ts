import type { RequiresFactor } from '../auth/sessions.ts';
import { ApiError } from '../errors.ts';
import type { Caller } from '../http/route.ts';
import { createRecoveryCodes } from '../second-factor/recovery-codes.ts';
import { callersAccount, withAdded, withFactors } from '../second-factor/set-up.ts';
import type { Tickets } from '../second-factor/tickets.ts';
import type { Store, StoredPasskey } from '../storage/store.ts';
import { isBlank, withoutControls } from '../wire/text.ts';
import type {
  AddPasskey,
  NewPasskey,
  PasskeyCreation,
  RecoveryCodesAnswer,
  RemovePasskey,
  RenamePasskey,
} from '../wire/wire.ts';
import { CHALLENGE_LIFETIME_MS } from './challenges.ts';
import type { RelyingParty } from './relying-party.ts';
import { findPasskey, type PasskeyDeps, requireRelyingParty } from './verify-passkey.ts';

const MAX_PASSKEYS = 10;
/** Ed25519, ECDSA with P-256 and RSA, each with SHA-256: COSE algorithm, and the type and curve that its keys have. */
const ALGORITHMS = [
  { alg: -8, kty: 1, crv: 6 },
  { alg: -7, kty: 2, crv: 1 },
  { alg: -257, kty: 3, crv: undefined },
];
const COSE_KEY = { kty: 1, alg: 3, crv: -1 };
/** An RSA key of 4,096 bits has about 530 bytes. */
const MAX_KEY_BYTES = 1024;

export type ManageDeps = PasskeyDeps & { store: Store; tickets: Tickets; requiresFactor: RequiresFactor };

/**
 * What a browser needs to make a passkey of this account. Its challenge is derived from the ticket, so it is good for this
 * session alone, and as long as the ticket. Nothing is stored before the passkey is added.
 * @throws ApiError NO_PASSKEYS, REAUTHENTICATION_REQUIRED, NO_SUCH_ACCOUNT
 */
export async function offerPasskey(
  deps: ManageDeps,
  caller: Caller,
  ticket: string,
): Promise<PasskeyCreation> {
  const { store, tickets } = deps;
  tickets.check(caller, ticket);
  const { id } = requireRelyingParty(deps);
  const account = await store.account(caller.userId);
  if (!account) throw new ApiError('NO_SUCH_ACCOUNT');
  const passkeys = account.secondFactor?.passkeys ?? [];
  return {
    challenge: challengeOf(tickets, ticket),
    rp: { id, name: 'Bisik' },
    // The handle is the account's id: random, and it finds the account of a login without a list of all passkeys.
    user: {
      id: Buffer.from(account.id).toString('base64url'),
      name: account.username,
      displayName: account.username,
    },
    pubKeyCredParams: ALGORITHMS.map(({ alg }) => ({ type: 'public-key', alg })),
    excludeCredentials: passkeys.map((one) => ({
      type: 'public-key',
      id: one.id,
      transports: one.transports,
    })),
    authenticatorSelection: {
      residentKey: 'required',
      requireResidentKey: true,
      userVerification: 'required',
    },
    attestation: 'none',
    timeout: CHALLENGE_LIFETIME_MS,
  };
}

/**
 * Adds a passkey, which the account's logins by password need from then on, as any second factor. The first second factor
 * also makes recovery codes. Repeating it returns the same.
 * @throws ApiError NO_PASSKEYS, REAUTHENTICATION_REQUIRED, WRONG_PASSKEY, LIST_FULL, UNAUTHENTICATED
 */
export async function addPasskey(
  deps: ManageDeps,
  caller: Caller,
  { ticket, name, passkey: input }: AddPasskey,
): Promise<RecoveryCodesAnswer> {
  const { store, tickets } = deps;
  tickets.check(caller, ticket);
  const relyingParty = requireRelyingParty(deps);
  const created = await verifyCreation(relyingParty, challengeOf(tickets, ticket), input);
  const { codes, stored } = createRecoveryCodes(tickets, ticket);
  return store.transact(async (tx) => {
    const now = store.time.now();
    const account = await callersAccount(tx, caller, now);
    const { passkeys = [], recovery = stored } = account.secondFactor ?? {};
    if (!findPasskey(passkeys, created.id)) {
      if (passkeys.length >= MAX_PASSKEYS) throw new ApiError('LIST_FULL');
      const added = { ...created, name: nameOf(name), createdAt: now };
      const secondFactor = { ...account.secondFactor, passkeys: [...passkeys, added], recovery };
      await tx.saveAccount(withAdded(account, caller, secondFactor));
    }
    return recovery.id === stored.id ? { recoveryCodes: codes } : {};
  });
}

/** Repeating it writes nothing. @throws ApiError REAUTHENTICATION_REQUIRED, NO_SUCH_PASSKEY, UNAUTHENTICATED */
export async function renamePasskey(
  { store, tickets }: ManageDeps,
  caller: Caller,
  { ticket, id, name }: RenamePasskey,
): Promise<void> {
  tickets.check(caller, ticket);
  await store.transact(async (tx) => {
    const account = await callersAccount(tx, caller, store.time.now());
    const factors = account.secondFactor;
    const current = findPasskey(factors?.passkeys, id);
    if (!factors || !current) throw new ApiError('NO_SUCH_PASSKEY');
    const renamed = { ...current, name: nameOf(name) };
    if (renamed.name === current.name) return;
    const passkeys = factors.passkeys?.map((one) => (one === current ? renamed : one)) ?? [];
    await tx.saveAccount({ ...account, secondFactor: { ...factors, passkeys } });
  });
}

/**
 * Recovery codes end with the last factor. Repeating it writes nothing.
 * @throws ApiError REAUTHENTICATION_REQUIRED, LAST_SECOND_FACTOR, UNAUTHENTICATED
 */
export async function removePasskey(
  { store, tickets, requiresFactor }: ManageDeps,
  caller: Caller,
  { ticket, id }: RemovePasskey,
): Promise<void> {
  tickets.check(caller, ticket);
  await store.transact(async (tx) => {
    const account = await callersAccount(tx, caller, store.time.now());
    const factors = account.secondFactor;
    if (!factors || !findPasskey(factors.passkeys, id)) return;
    const passkeys = factors.passkeys?.filter((one) => one.id !== id) ?? [];
    await tx.saveAccount(withFactors(account, { ...factors, passkeys }, requiresFactor(account)));
  });
}

/**
 * Verifies a new passkey (WebAuthn Level 3 §7.1). Who made the authenticator does not matter, so attestations by others,
 * whose certificates the library would follow into the internet, are refused before it reads them.
 */
async function verifyCreation(
  { id, origins }: RelyingParty,
  challenge: string,
  { clientDataJSON, attestationObject, transports = [] }: NewPasskey,
): Promise<Omit<StoredPasskey, 'name' | 'createdAt'>> {
  const { verifyRegistrationResponse } = await import('@simplewebauthn/server');
  const { decodeAttestationObject, decodeCredentialPublicKey } = await import(
    '@simplewebauthn/server/helpers'
  );
  try {
    const decoded = decodeAttestationObject(Uint8Array.from(Buffer.from(attestationObject, 'base64url')));
    const isOwn = decoded.get('fmt') === 'packed' && decoded.get('attStmt').get('x5c') === undefined;
    if (decoded.get('fmt') !== 'none' && !isOwn) throw new Error('an attestation was not asked for');
    const { verified, registrationInfo: info } = await verifyRegistrationResponse({
      // The id is read from what the authenticator says of itself; the library only wants one here.
      response: {
        id: 'AA',
        rawId: 'AA',
        type: 'public-key',
        response: { clientDataJSON, attestationObject },
        clientExtensionResults: {},
      },
      expectedChallenge: challenge,
      expectedOrigin: origins,
      expectedRPID: id,
      requireUserVerification: true,
      supportedAlgorithmIDs: ALGORITHMS.map(({ alg }) => alg),
    });
    if (!verified) throw new Error('the signature is wrong');
    const { credential } = info;
    // The library goes by the type of the key, whatever its algorithm says.
    const key = decodeCredentialPublicKey(credential.publicKey) as unknown as ReadonlyMap<number, unknown>;
    const isKnown = ALGORITHMS.some(
      ({ alg, kty, crv }) =>
        key.get(COSE_KEY.alg) === alg &&
        key.get(COSE_KEY.kty) === kty &&
        (crv === undefined || key.get(COSE_KEY.crv) === crv),
    );
    if (!isKnown) throw new Error('the key is of another algorithm');
    if (credential.publicKey.length > MAX_KEY_BYTES) throw new Error('the key is too long');
    return {
      id: credential.id,
      publicKey: Buffer.from(credential.publicKey).toString('base64url'),
      counter: credential.counter,
      transports: transports.filter((one) => /^[a-z-]+$/.test(one)),
      canBackUp: info.credentialDeviceType === 'multiDevice',
      backedUp: info.credentialBackedUp,
    };
  } catch (cause) {
    throw new ApiError('WRONG_PASSKEY', { cause });
  }
}

function challengeOf(tickets: Tickets, ticket: string): string {
  return tickets.derive(ticket, 'passkey challenge', 32).toString('base64url');
}

function nameOf(name: string): string {
  return isBlank(name) ? 'Passkey' : withoutControls(name);
}
