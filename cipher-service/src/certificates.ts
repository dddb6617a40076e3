import type { KeyFolder } from './key-folder.ts';
import { issueAuthority, issueClient, issueServer, newPrivateKey } from './pki.ts';
import { exactly } from './shape.ts';

const AUTHORITY = 'cipher/ca.pem';
const SERVER = { key: 'cipher/server.key.pem', cert: 'cipher/server.pem' };
const CORE_AUTHORITY = 'core/ca.pem';
const CLIENT = { key: 'core/client.key.pem', cert: 'core/client.pem' };

/** The files of one set: a CA, and a key with a certificate for either service. */
export const CERTIFICATE_FILES: readonly string[] = [
  AUTHORITY,
  SERVER.key,
  SERVER.cert,
  CORE_AUTHORITY,
  CLIENT.key,
  CLIENT.cert,
];
/** A new set until all of its files are in their places. It is placed first and removed last, so that a set is never mixed. */
const NEW_SET = 'cipher/certificates.new.json';
/** Earlier versions stored the key of the CA. */
const AUTHORITY_KEY = 'cipher/ca.key.pem';

type Set = Record<string, string>;
const isSet = exactly<Set>(
  Object.fromEntries(CERTIFICATE_FILES.map((file) => [file, (text: unknown) => typeof text === 'string'])),
);

/**
 * Creates the certificates of both services if one of them is missing or signed with RSA, as by earlier versions, and
 * completes a rotation that was interrupted. The key of the CA is never stored, so that no one can issue another
 * certificate: a lost one is replaced with the whole set.
 */
export async function completeCertificates(keys: KeyFolder): Promise<void> {
  const isWhole = () =>
    CERTIFICATE_FILES.every((file) => keys.has(file)) && keys.keyTypeOf(AUTHORITY) === 'ec';
  if (!keys.has(NEW_SET) && !isWhole()) {
    const set = await issueSet();
    // Another set-up may have made them meanwhile.
    if (!isWhole()) keys.place(NEW_SET, set);
  }
  putNewSet(keys);
  for (const file of [SERVER.cert, CORE_AUTHORITY, CLIENT.cert]) keys.requireIssued(file, AUTHORITY);
  keys.remove(AUTHORITY_KEY);
}

/** Replaces the certificates of both services, with a new CA: the old ones are worth nothing to whoever copied them. */
export async function rotateCertificates(keys: KeyFolder): Promise<void> {
  putNewSet(keys);
  keys.place(NEW_SET, await issueSet());
  putNewSet(keys);
  keys.remove(AUTHORITY_KEY);
}

/** Puts the files of the new set in their places, if there is one. */
function putNewSet(keys: KeyFolder): void {
  if (!keys.has(NEW_SET)) return;
  const set = readSet(keys.read(NEW_SET));
  for (const file of CERTIFICATE_FILES) keys.put(file, set[file] as string);
  keys.remove(NEW_SET);
}

function readSet(text: string): Set {
  const set: unknown = JSON.parse(text);
  if (!isSet(set)) throw new Error('The new certificates are not a whole set.');
  return set;
}

async function issueSet(): Promise<string> {
  const [authority, server, client] = await Promise.all([newPrivateKey(), newPrivateKey(), newPrivateKey()]);
  const ca = issueAuthority(authority);
  const set: Set = {
    [AUTHORITY]: ca,
    [SERVER.key]: server,
    [SERVER.cert]: issueServer(authority, server),
    [CORE_AUTHORITY]: ca,
    [CLIENT.key]: client,
    [CLIENT.cert]: issueClient(authority, client),
  };
  return JSON.stringify(set);
}
