import { createPrivateKey, X509Certificate } from 'node:crypto';
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

test('a new private key is RSA-3072', () => {
  const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey(keys.leaf);
  expect([asymmetricKeyType, asymmetricKeyDetails?.modulusLength]).toEqual(['rsa', 3072]);
});

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
