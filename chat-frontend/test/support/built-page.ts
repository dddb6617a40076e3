import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const home = fileURLToPath(new URL('../../', import.meta.url));
const vite = join(dirname(createRequire(import.meta.url).resolve('vite/package.json')), 'bin', 'vite.js');

/** Builds the page into a new temporary folder; `apiBase` is API_BASE of `npm run build`. */
export function buildPage(apiBase = '') {
  const folder = mkdtempSync(join(tmpdir(), 'bisik-page-'));
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [vite, 'build', '--outDir', folder, '--logLevel', 'warn'],
    {
      cwd: home,
      env: { PATH: process.env.PATH, API_BASE: apiBase },
      encoding: 'utf8',
    },
  );
  if (status !== 0) throw new Error(`the page could not be built: ${stdout}${stderr}`);
  return { folder, remove: () => rmSync(folder, { recursive: true }) };
}
