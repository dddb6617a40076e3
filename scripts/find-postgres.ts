import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Where Debian installs the programs of PostgreSQL: a folder for each version. */
const ROOT = '/usr/lib/postgresql';

/** The folder of the programs of the newest PostgreSQL of this machine; undefined without a server. */
export function findPostgres(): string | undefined {
  if (!existsSync(ROOT)) return undefined;
  return readdirSync(ROOT)
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(ROOT, version, 'bin'))
    .find((folder) => existsSync(join(folder, 'initdb')));
}
