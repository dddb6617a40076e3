import { createPrivateKey, hash, X509Certificate } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { issueAuthority, issueClient, issueServer, newPrivateKey } from './pki.ts';

let keys: { authority: string; leaf: string };
let authority: X509Certificate;
let server: X509Certificate;
let client: X509Certificate;

beforeAll(async () => {
  keys = { authority: await newPrivateKey(), leaf: await newPrivateKey() };
  authority = new X509Certificate(issueAuthority(keys.authority));
  server = new X509Certificate(issueServer(keys.authority, keys.leaf));
  client = new X509Certificate(issueClient(keys.authority, keys.leaf));
});

test('every certificate is valid from the first second of 1970, the time of a box without a battery', () => {
  for (const { validFromDate, validToDate } of [authority, server, client]) {
    expect(validFromDate.getTime()).toBe(0);
    expect(validToDate.getUTCFullYear()).toBe(2120);
  }
});

test('a new private key is on the curve P-256', () => {
  const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey(keys.leaf);
  expect([asymmetricKeyType, asymmetricKeyDetails?.namedCurve]).toEqual(['ec', 'prime256v1']);
});

test('certificates are signed by ECDSA with SHA-256 and contain no SHA-1', () => {
  for (const certificate of [authority, server, client]) {
    // Once in what is signed, once beside the signature: ecdsa-with-SHA256 without parameters (RFC 5758 3.2).
    const algorithm = Buffer.from('300a06082a8648ce3d040302', 'hex');
    expect(countOf(certificate.raw, algorithm)).toBe(2);
    const spki = certificate.publicKey.export({ type: 'spki', format: 'der' });
    for (const bytes of [spki, spki.subarray(-65)])
      expect(certificate.raw.includes(hash('sha1', bytes, 'buffer'))).toBe(false);
    expect(certificate.raw.includes(hash('sha256', spki.subarray(-65), 'buffer').subarray(0, 20))).toBe(true);
  }
});

test('each certificate names the key of its CA by the identifier that the CA has', () => {
  const spki = authority.publicKey.export({ type: 'spki', format: 'der' });
  const identifier = hash('sha256', spki.subarray(-65), 'buffer').subarray(0, 20);
  expect(countOf(authority.raw, identifier)).toBe(2);
  for (const leaf of [server, client]) expect(countOf(leaf.raw, identifier)).toBe(1);
});

function countOf(bytes: Buffer, part: Buffer): number {
  return bytes.toString('hex').split(part.toString('hex')).length - 1;
}

test('leaf certificates are signed by the CA and belong to their key', () => {
  expect(authority.verify(authority.publicKey)).toBe(true);
  for (const leaf of [server, client]) {
    expect(leaf.checkIssued(authority)).toBe(true);
    expect(leaf.verify(authority.publicKey)).toBe(true);
    expect(leaf.verify(leaf.publicKey)).toBe(false);
    expect(leaf.checkPrivateKey(createPrivateKey(keys.leaf))).toBe(true);
  }
});

test('only the CA certificate may sign, by critical extensions, and it allows no CA below it', () => {
  expect([authority.ca, server.ca, client.ca]).toEqual([true, false, false]);
  // basicConstraints, critical, OCTET STRING of SEQUENCE { TRUE, 0 }
  expect(authority.raw.toString('hex')).toContain('0603551d130101ff040830060101ff020100');
});

test('each leaf certificate has its names and its single use', () => {
  expect(server.subjectAltName).toBe('DNS:cipher-service, DNS:localhost, IP Address:127.0.0.1');
  expect(client.subjectAltName).toBe('DNS:chat-core');
  expect(server.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  expect(client.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
});

test('serial numbers are positive and unique', () => {
  const serials = [authority, server, client].map(({ serialNumber }) => serialNumber);
  expect(new Set(serials).size).toBe(3);
  for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9A-F]{31}$/);
});
