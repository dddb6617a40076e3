import { generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import forge from 'node-forge';
import { CLIENT_NAME, SERVER_NAME } from './config.ts';

// A box without a battery boots in 1970, and nothing renews certificates yet.
const VALID_FROM = new Date('1970-01-01T00:00:00Z');
const VALID_UNTIL = new Date('2120-01-01T00:00:00Z');
const AUTHORITY_NAME = 'Bisik private CA';

type Extension = Record<string, unknown>;

/** Generates an RSA-3072 private key with OpenSSL, as PKCS #8 PEM. */
export async function newPrivateKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: 3072,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return privateKey;
}

/** The self-signed certificate of a CA that may sign leafs and no further CA (RFC 5280 §4.2.1.9: pathLen 0). */
export function issueAuthority(key: string): string {
  return issue(key, AUTHORITY_NAME, { key, name: AUTHORITY_NAME }, [
    { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
  ]);
}

/** The certificate of cipher-service, signed by the CA's key (both keys PEM): for servers only, valid for its name in the bridge network and for loopback. */
export function issueServer(authorityKey: string, key: string): string {
  const names = [
    { type: 2, value: SERVER_NAME },
    { type: 2, value: 'localhost' },
    { type: 7, ip: '127.0.0.1' },
  ];
  return issueLeaf(authorityKey, key, SERVER_NAME, names, { serverAuth: true });
}

/** The certificate of a client, signed by the CA's key (both keys PEM); `name` is its only subject alternative name. */
export function issueClient(authorityKey: string, key: string, name: string = CLIENT_NAME): string {
  return issueLeaf(authorityKey, key, name, [{ type: 2, value: name }], { clientAuth: true });
}

function issueLeaf(authorityKey: string, key: string, name: string, altNames: object[], use: object): string {
  return issue(key, name, { key: authorityKey, name: AUTHORITY_NAME }, [
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'keyUsage', digitalSignature: true, critical: true },
    { name: 'extKeyUsage', ...use },
    { name: 'subjectAltName', altNames },
  ]);
}

function issue(
  key: string,
  name: string,
  signer: { key: string; name: string },
  extensions: Extension[],
): string {
  const signerKey = forge.pki.privateKeyFromPem(signer.key);
  const cert = forge.pki.createCertificate();
  cert.publicKey = publicKeyOf(forge.pki.privateKeyFromPem(key));
  cert.serialNumber = newSerial();
  cert.validity.notBefore = VALID_FROM;
  cert.validity.notAfter = VALID_UNTIL;
  cert.setSubject([{ name: 'commonName', value: name }]);
  cert.setIssuer([{ name: 'commonName', value: signer.name }]);
  cert.setExtensions([
    ...extensions,
    { name: 'subjectKeyIdentifier' },
    { name: 'authorityKeyIdentifier', keyIdentifier: keyIdentifier(publicKeyOf(signerKey)) },
  ]);
  cert.sign(signerKey, forge.md.sha256.create());
  return forge.pki.certificateToPem(cert);
}

function publicKeyOf(key: forge.pki.rsa.PrivateKey): forge.pki.rsa.PublicKey {
  return forge.pki.setRsaPublicKey(key.n, key.e);
}

/** RFC 5280 §4.2.1.2 method 1: SHA-1 of the public key. It is an identifier and protects nothing. */
function keyIdentifier(key: forge.pki.rsa.PublicKey): string {
  return forge.pki
    .getPublicKeyFingerprint(key, { type: 'RSAPublicKey', md: forge.md.sha1.create() })
    .getBytes();
}

/** 126 random bits in 16 bytes: positive and without a leading zero (RFC 5280 §4.1.2.2). */
function newSerial(): string {
  const bytes = randomBytes(16);
  bytes.writeUInt8((bytes.readUInt8(0) & 0x3f) | 0x40, 0);
  return bytes.toString('hex');
}
