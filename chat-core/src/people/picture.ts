import { picturePieceBinding } from '../cipher/binding.ts';
import type { Cipher, Sealed } from '../cipher/cipher.ts';
import { ApiError } from '../errors.ts';
import type { StoredPicture } from '../storage/store.ts';
import type { Id, Picture, PictureAnswer } from '../wire/wire.ts';

const MAX_BYTES = 20 * 1024;
/** Characters of one piece: cipher-service takes texts of up to 16 KiB. */
const PIECE_LENGTH = 16_000;

/**
 * The first bytes of each type in hex (WHATWG MIME Sniffing §6.1). SVG is not accepted: it is a document that can run
 * scripts.
 */
const SIGNATURES: Record<Picture['type'], RegExp> = {
  'image/webp': /^52494646.{8}574542505650/,
  'image/jpeg': /^ffd8ff/,
  'image/png': /^89504e470d0a1a0a/,
};

/** Checks a picture: its bytes match its type, at most 20 KB, canonical base64. @throws ApiError INVALID_PICTURE */
export function readPicture({ type, data }: Picture): Picture {
  const bytes = Buffer.from(data, 'base64');
  const isWhole = bytes.length > 0 && bytes.length <= MAX_BYTES && bytes.toString('base64') === data;
  if (!isWhole || !SIGNATURES[type].test(bytes.toString('hex', 0, 16))) throw new ApiError('INVALID_PICTURE');
  return { type, data };
}

/** Seals a picture in pieces, each bound to its position. @throws ApiError CIPHER_UNAVAILABLE */
export async function sealPicture(
  cipher: Cipher,
  { userId, id, edit }: Omit<StoredPicture, 'pieces'>,
  picture: Picture,
): Promise<StoredPicture> {
  const text = JSON.stringify(picture);
  const texts = Array.from({ length: Math.ceil(text.length / PIECE_LENGTH) }, (_, index) =>
    text.slice(index * PIECE_LENGTH, (index + 1) * PIECE_LENGTH),
  );
  const pieces = await Promise.all(
    texts.map((piece, index) => cipher.seal(piece, picturePieceBinding(userId, edit, index, texts.length))),
  );
  return { userId, id, edit, pieces };
}

/** The picture of a row for a viewer, undefined when it does not open. @throws ApiError CIPHER_UNAVAILABLE */
export async function openPicture(
  cipher: Cipher,
  { userId, id, edit, pieces }: StoredPicture,
  viewerId: Id,
): Promise<PictureAnswer | undefined> {
  const texts = await cipher.openMany(
    pieces.map((sealed: Sealed, index) => ({
      sealed,
      binding: picturePieceBinding(userId, edit, index, pieces.length),
    })),
    { accountId: viewerId },
  );
  if (texts.includes(undefined)) return undefined;
  return { id, ...(JSON.parse(texts.join('')) as Picture) };
}
