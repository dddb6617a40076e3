import { createPrivateKey, createPublicKey, generateKeyPair, hash, randomBytes, sign } from 'node:crypto';
import { promisify } from 'node:util';
import forge from 'node-forge';
import { CLIENT_NAME, SERVER_NAME } from './config.ts';

const { asn1 } = forge;

// A box without a battery boots in 1970, and nothing renews certificates yet.
const VALID_FROM = new Date('1970-01-01T00:00:00Z');
const VALID_UNTIL = new Date('2120-01-01T00:00:00Z');
const AUTHORITY_NAME = 'Bisik private CA';

/** Object identifiers of RFC 5280 §4.2, RFC 5758 §3.2 and RFC 5912. */
const OID = {
  commonName: '2.5.4.3',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
};
/** BIT STRINGs, the first byte of which counts the unused bits: keyCertSign and cRLSign; digitalSignature. */
const SIGN_CERTIFICATES = '\x01\x06';
const SIGN_HANDSHAKES = '\x07\x80';
/** An uncompressed point of P-256 (SEC 1 §2.3.3). */
const POINT_BYTES = 65;

type Node = forge.asn1.Asn1;

/** Generates a private key for ECDSA on P-256 with OpenSSL, as PKCS #8 PEM. */
export async function newPrivateKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('ec', {
    namedCurve: 'prime256v1',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return privateKey;
}

/** The self-signed certificate of a CA that may sign leafs and no further CA (RFC 5280 §4.2.1.9: pathLen 0). */
export function issueAuthority(key: string): string {
  return issue(key, AUTHORITY_NAME, key, [
    extension(OID.basicConstraints, sequence(primitive(asn1.Type.BOOLEAN, '\xff'), integer('\0')), true),
    extension(OID.keyUsage, primitive(asn1.Type.BITSTRING, SIGN_CERTIFICATES), true),
  ]);
}

/** The certificate of cipher-service, signed by the CA's key (both keys PEM): for servers only, valid for its name in the bridge network and for loopback. */
export function issueServer(authorityKey: string, key: string): string {
  const names = [dnsName(SERVER_NAME), dnsName('localhost'), tagged(7, '\x7f\0\0\x01')];
  return issueLeaf(authorityKey, key, SERVER_NAME, names, OID.serverAuth);
}

/** The certificate of a client, signed by the CA's key (both keys PEM); `name` is its only subject alternative name. */
export function issueClient(authorityKey: string, key: string, name: string = CLIENT_NAME): string {
  return issueLeaf(authorityKey, key, name, [dnsName(name)], OID.clientAuth);
}

function issueLeaf(authorityKey: string, key: string, name: string, altNames: Node[], use: string): string {
  return issue(key, name, authorityKey, [
    extension(OID.basicConstraints, sequence(), true),
    extension(OID.keyUsage, primitive(asn1.Type.BITSTRING, SIGN_HANDSHAKES), true),
    extension(OID.extKeyUsage, sequence(oid(use))),
    extension(OID.subjectAltName, sequence(...altNames)),
  ]);
}

/** A certificate of version 3 (RFC 5280 §4.1), signed with ECDSA and SHA-256. */
function issue(key: string, name: string, authorityKey: string, extensions: Node[]): string {
  const [own, authority] = [publicKeyOf(key), publicKeyOf(authorityKey)];
  const body = sequence(
    tagged(0, [integer('\x02')]),
    integer(newSerial()),
    sequence(oid(OID.ecdsaWithSha256)),
    nameOf(AUTHORITY_NAME),
    sequence(
      primitive(asn1.Type.UTCTIME, asn1.dateToUtcTime(VALID_FROM)),
      primitive(asn1.Type.GENERALIZEDTIME, asn1.dateToGeneralizedTime(VALID_UNTIL)),
    ),
    nameOf(name),
    asn1.fromDer(own.toString('binary')),
    tagged(3, [
      sequence(
        ...extensions,
        extension(OID.subjectKeyIdentifier, primitive(asn1.Type.OCTETSTRING, keyIdentifier(own))),
        extension(OID.authorityKeyIdentifier, sequence(tagged(0, keyIdentifier(authority)))),
      ),
    ]),
  );
  const signature = sign('sha256', derOf(body), createPrivateKey(authorityKey)).toString('binary');
  const signed = sequence(
    body,
    sequence(oid(OID.ecdsaWithSha256)),
    primitive(asn1.Type.BITSTRING, `\0${signature}`),
  );
  return forge.pem.encode({ type: 'CERTIFICATE', body: derOf(signed).toString('binary') });
}

/** SubjectPublicKeyInfo, in DER. */
function publicKeyOf(privateKey: string): Buffer {
  return createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
}

/** RFC 7093 §2, method 1: 160 bits of the SHA-256 of the point, which ends the encoding. It is an identifier and protects nothing. */
function keyIdentifier(publicKey: Buffer): string {
  return hash('sha256', publicKey.subarray(-POINT_BYTES), 'buffer').subarray(0, 20).toString('binary');
}

/** 126 random bits in 16 bytes: positive and without a leading zero (RFC 5280 §4.1.2.2). */
function newSerial(): string {
  const bytes = randomBytes(16);
  bytes.writeUInt8((bytes.readUInt8(0) & 0x3f) | 0x40, 0);
  return bytes.toString('binary');
}

function nameOf(commonName: string): Node {
  const set = asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SET, true, [
    sequence(oid(OID.commonName), primitive(asn1.Type.PRINTABLESTRING, commonName)),
  ]);
  return sequence(set);
}

function extension(id: string, value: Node, isCritical = false): Node {
  const critical = isCritical ? [primitive(asn1.Type.BOOLEAN, '\xff')] : [];
  return sequence(oid(id), ...critical, primitive(asn1.Type.OCTETSTRING, derOf(value).toString('binary')));
}

const derOf = (node: Node) => Buffer.from(asn1.toDer(node).getBytes(), 'binary');
const sequence = (...nodes: Node[]) => asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SEQUENCE, true, nodes);
const primitive = (type: forge.asn1.Type, bytes: string) =>
  asn1.create(asn1.Class.UNIVERSAL, type, false, bytes);
const integer = (bytes: string) => primitive(asn1.Type.INTEGER, bytes);
const oid = (text: string) => primitive(asn1.Type.OID, asn1.oidToDer(text).getBytes());
/** A context-specific tag: around nodes, or in place of the type of these bytes. */
const tagged = (tag: number, value: string | Node[]) =>
  asn1.create(asn1.Class.CONTEXT_SPECIFIC, tag as forge.asn1.Type, typeof value !== 'string', value);
const dnsName = (name: string) => tagged(2, name);
