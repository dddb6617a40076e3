import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import forge from 'node-forge';

/** Puts certificates below a folder of keys as earlier versions made them: RSA, with PKCS #1 v1.5. */
export function putRsaCertificates(keysDir: string): void {
  const authority = rsaKey();
  const certificateOf = (key: forge.pki.rsa.PrivateKey, name: string) => {
    const certificate = forge.pki.createCertificate();
    certificate.publicKey = forge.pki.setRsaPublicKey(key.n, key.e);
    certificate.serialNumber = '01';
    certificate.validity.notAfter = new Date('2120-01-01T00:00:00Z');
    certificate.setSubject([{ name: 'commonName', value: name }]);
    certificate.setIssuer([{ name: 'commonName', value: 'authority' }]);
    certificate.setExtensions(
      name === 'authority'
        ? [{ name: 'basicConstraints', cA: true }]
        : [{ name: 'subjectAltName', altNames: [{ type: 2, value: name }] }],
    );
    certificate.sign(authority, forge.md.sha256.create());
    return forge.pki.certificateToPem(certificate);
  };
  const write = (file: string, text: string) => writeFileSync(join(keysDir, file), text);
  for (const file of ['cipher/ca.pem', 'core/ca.pem']) write(file, certificateOf(authority, 'authority'));
  for (const [file, name] of [
    ['cipher/server', 'cipher-service'],
    ['core/client', 'chat-core'],
  ] as const) {
    const key = rsaKey();
    write(`${file}.key.pem`, forge.pki.privateKeyToPem(key));
    write(`${file}.pem`, certificateOf(key, name));
  }
}

function rsaKey(): forge.pki.rsa.PrivateKey {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return forge.pki.privateKeyFromPem(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
}
