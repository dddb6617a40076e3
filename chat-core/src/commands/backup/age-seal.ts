import { Decrypter, Encrypter } from 'age-encryption';

/** Seals what passes for a recipient (`age1…`), in the age format (C2SP age v1): the tool `age` opens it too. */
export function sealFor(recipient: string): (source: AsyncIterable<Buffer>) => AsyncGenerator<Uint8Array> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  return async function* (source) {
    yield* await encrypter.encrypt(ReadableStream.from(source));
  };
}

/**
 * Opens what passes with a recovery key (`AGE-SECRET-KEY-1…`). Each 64 KiB are authenticated before they are handed on,
 * and the end is when it comes. @throws Error with one sentence when it does not open
 */
export function openWith(identity: string): (source: AsyncIterable<Buffer>) => AsyncGenerator<Uint8Array> {
  const decrypter = new Decrypter();
  try {
    decrypter.addIdentity(identity);
  } catch {
    throw new Error('This is no recovery key: it begins with AGE-SECRET-KEY-1 and has 74 characters.');
  }
  return async function* (source) {
    const opened = await decrypter.decrypt(ReadableStream.from(source)).catch((cause: Error) => {
      const closed = cause.message.startsWith('no identity matched');
      throw closed
        ? new Error('This recovery key does not open this backup: another key belongs to it.', { cause })
        : new Error('This file is no backup, or it was altered.', { cause });
    });
    try {
      yield* opened;
    } catch (cause) {
      throw new Error('The backup was altered or is not complete: it was not opened to its end.', { cause });
    }
  };
}
