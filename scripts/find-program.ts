import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The path of the first of these programs that the PATH has; undefined if it has none. */
export function findProgram(...names: string[]): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return names
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** The Firefox of FIREFOX_PATH, or of the PATH. */
export const findFirefox = (): string | undefined =>
  process.env.FIREFOX_PATH || findProgram('firefox-esr', 'firefox');
