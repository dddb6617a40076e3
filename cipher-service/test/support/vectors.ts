import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** A file of test vectors of Project Wycheproof, by its name there. */
export function readVectors(name: string): unknown {
  const file = new URL(`../wycheproof/${name}.gz`, import.meta.url);
  return JSON.parse(gunzipSync(readFileSync(file)).toString());
}
