import { existsSync, readFileSync } from 'node:fs';

/** A file of Wycheproof vectors from the folder beside the repository; undefined with a warning when it is missing. */
export function readVectors(name: string): unknown {
  const file = new URL(`../../../../shared/vectors/${name}`, import.meta.url);
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  console.warn(
    `NOT CHECKED: ../shared/vectors/${name} is not beside this repository, so its vectors were not tried.`,
  );
  return undefined;
}
