import forge from 'node-forge';
import type { Context } from '../../src/wire.ts';

/** A second implementation of the sealing, written from design and RFC, sharing no code with the service. */

const bytes = (value: Buffer) => forge.util.createBuffer(value.toString('binary'));

/** RFC 5869 for one block: extract, then expand. */
export function oracleKey(dataKey: Buffer, kid: string, id: string, of = 'conversation'): Buffer {
  const prk = hmacSha256(Buffer.from(kid), dataKey);
  const info = [Buffer.from(`bisik/${of}/1`), Buffer.from(id), Buffer.of(1)];
  return hmacSha256(prk, Buffer.concat(info));
}

function hmacSha256(key: Buffer, message: Buffer): Buffer {
  const hmac = forge.hmac.create();
  hmac.start('sha256', bytes(key));
  hmac.update(message.toString('binary'));
  return Buffer.from(hmac.digest().getBytes(), 'binary');
}

export function oracleAad(kid: string, of: Context): Buffer {
  const fields =
    'userId' in of
      ? ['bisik/profile/1', kid, of.userId, of.field, `${of.edit}`]
      : 'fileId' in of
        ? ['bisik/file-metadata/1', kid, of.fileId, of.conversationId, of.senderId]
        : [
            'bisik/message/1',
            kid,
            of.messageId,
            of.conversationId,
            of.senderId,
            `${of.timestamp}`,
            `${of.edit}`,
          ];
  return oracleFields(fields);
}

/** Each field in UTF-8 after its length in bytes. */
export function oracleFields(fields: string[]): Buffer {
  let aad = Buffer.alloc(0);
  for (const field of fields) {
    const utf8 = new TextEncoder().encode(field);
    const n = utf8.byteLength;
    aad = Buffer.concat([aad, Buffer.of(n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255), utf8]);
  }
  return aad;
}

export function oracleEncrypt(key: Buffer, nonce: Buffer, aad: Buffer, plaintext: Buffer): Buffer {
  const cipher = forge.cipher.createCipher('AES-GCM', bytes(key));
  cipher.start({ iv: bytes(nonce), additionalData: aad.toString('binary'), tagLength: 128 });
  cipher.update(bytes(plaintext));
  cipher.finish();
  return Buffer.from(cipher.output.getBytes() + cipher.mode.tag.getBytes(), 'binary');
}

/** The plaintext, or undefined when the tag does not match. */
export function oracleDecrypt(key: Buffer, content: Buffer, aad: Buffer): Buffer | undefined {
  const decipher = forge.cipher.createDecipher('AES-GCM', bytes(key));
  const tag = bytes(content.subarray(-16));
  decipher.start({
    iv: bytes(content.subarray(0, 12)),
    additionalData: aad.toString('binary'),
    tagLength: 128,
    tag,
  });
  decipher.update(bytes(content.subarray(12, -16)));
  return decipher.finish() ? Buffer.from(decipher.output.getBytes(), 'binary') : undefined;
}
