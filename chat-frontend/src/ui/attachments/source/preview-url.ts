const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
/** The first characters of each type in base64: what the author calls it does not matter. */
const STARTS: [string, string][] = [
  ['UklGR', 'image/webp'],
  ['/9j/', 'image/jpeg'],
  ['iVBORw', 'image/png'],
];

/** The data: URL of a preview; undefined when it is no picture of a known type. */
export function previewUrl(preview = ''): string | undefined {
  const type = STARTS.find(([start]) => preview.startsWith(start))?.[1];
  return type && BASE64.test(preview) ? `data:${type};base64,${preview}` : undefined;
}
