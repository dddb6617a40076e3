/**
 * The type of a file by its first bytes (WHATWG MIME Sniffing Standard §6), undefined where it is none of the types that
 * browsers show in place.
 */
export function sniff(first: Uint8Array): string | undefined {
  const hex = Buffer.from(first.subarray(0, 16)).toString('hex');
  if (/^52494646.{8}574542505650/.test(hex)) return 'image/webp';
  if (/^ffd8ff/.test(hex)) return 'image/jpeg';
  if (/^89504e470d0a1a0a/.test(hex)) return 'image/png';
  return undefined;
}
