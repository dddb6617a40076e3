import type { Cipher, ProfileBinding, Sealed } from '../cipher/cipher.ts';
import { ApiError } from '../errors.ts';
import type { StoredPicture } from '../storage/store.ts';
import type { Id, Picture, PictureAnswer } from '../wire/wire.ts';

const MAX_BYTES = 20 * 1024;
/** cipher-service takes texts of 16 KiB. */
const PIECE = 16_000;

/**
 * The bytes in hex with which a file of each type begins (WHATWG MIME Sniffing §6.1). SVG is no picture here: it is a
 * document that runs.
 */
const BEGINS: Record<Picture['type'], RegExp> = {
  'image/webp': /^52494646.{8}574542505650/,
  'image/jpeg': /^ffd8ff/,
  'image/png': /^89504e470d0a1a0a/,
};

/** A picture that is what it says, of at most 20 KB, in canonical base64. @throws ApiError INVALID_PICTURE */
export function readPicture({ type, data }: Picture): Picture {
  const bytes = Buffer.from(data, 'base64');
  const isWhole = bytes.length > 0 && bytes.length <= MAX_BYTES && bytes.toString('base64') === data;
  if (!isWhole || !BEGINS[type].test(bytes.toString('hex', 0, 16))) throw new ApiError('INVALID_PICTURE');
  return { type, data };
}

/** Seals a picture in pieces, each tied to its place. @throws ApiError CIPHER_UNAVAILABLE */
export async function sealPicture(
  cipher: Cipher,
  { userId, id, edit }: Omit<StoredPicture, 'pieces'>,
  picture: Picture,
): Promise<StoredPicture> {
  const text = JSON.stringify(picture);
  const texts = Array.from({ length: Math.ceil(text.length / PIECE) }, (_, at) =>
    text.slice(at * PIECE, (at + 1) * PIECE),
  );
  const pieces = await Promise.all(
    texts.map((piece, at) => cipher.seal(piece, pieceOf(userId, edit, at, texts.length))),
  );
  return { userId, id, edit, pieces };
}

/** The picture of a row, undefined when it does not open. @throws ApiError CIPHER_UNAVAILABLE */
export async function openPicture(
  cipher: Cipher,
  { userId, id, edit, pieces }: StoredPicture,
): Promise<PictureAnswer | undefined> {
  const texts = await cipher.openMany(
    pieces.map((sealed: Sealed, at) => ({ sealed, binding: pieceOf(userId, edit, at, pieces.length) })),
  );
  if (texts.includes(undefined)) return undefined;
  return { id, ...(JSON.parse(texts.join('')) as Picture) };
}

function pieceOf(userId: Id, edit: number, at: number, of: number): ProfileBinding {
  return { userId, field: `picture ${at + 1}/${of}`, edit };
}
