import { sniff } from './content-type.ts';

/** Types whose files all start with bytes that `sniff` knows. */
const RECOGNISED = /^(image\/(jpeg|png|gif|webp)|audio\/(ogg|webm|mp4|wav)|video\/(mp4|webm))$/;

/**
 * Whether the first bytes of a file contradict the type it is sent as, where that is a picture, a sound or a video. A
 * picture of another format than it says is none: what it is served as is decided by its content.
 */
export function isContradicted(type: string, first: Uint8Array): boolean {
  const declared = kindOf(type);
  if (declared === undefined) return false;
  const found = sniff(first);
  return found === undefined ? RECOGNISED.test(type) : kindOf(found) !== declared;
}

/** Containers such as MP4, WebM and Ogg hold sound or video alike. */
function kindOf(type: string): 'picture' | 'sound or video' | undefined {
  if (type.startsWith('image/')) return 'picture';
  return /^(audio|video)\/|^application\/ogg$/.test(type) ? 'sound or video' : undefined;
}
