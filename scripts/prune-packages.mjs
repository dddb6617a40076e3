// `node scripts/prune-packages.mjs <service>`: removes from ./node_modules what a running service never reads, then loads
// each package that the service names, so that a build fails whose rules removed too much. Licences and package.json
// stay: the list of packages in the image is made from them. Plain JavaScript: no package is needed.
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const [service = ''] = process.argv.slice(2);

/** Types, sources, documentation and what builds a package; Node reads none of them. */
const UNREAD_FILE =
  /\.(map|[cm]?ts|tsx|flow|md|markdown|cc|h|gyp|gypi|ya?ml|html\.map)$|^(Makefile|\.[\w.]+)$/i;
const LICENCE = /^(licen[cs]e|copying|notice|copyright)/i;
/** Folders at the top of a package. */
const UNREAD_FOLDERS = '{test,tests,__tests__,doc,docs,example,examples,bench,benchmark,benchmarks,.github}';
/** By package: second forms of the same code. The services import ES modules; swagger-ui's page reads its bundle. */
const UNREAD_IN = {
  bcrypt: [`prebuilds/!(${process.platform}-${process.arch})`],
  'swagger-ui-dist': ['swagger-ui-es-bundle*.js', 'swagger-ui.js', 'log.*'],
  zod: ['src', '**/*.cjs'],
  'lru-cache': ['dist/commonjs', 'dist/esm/browser'],
  tar: ['dist/commonjs'],
  '@simplewebauthn/server': ['script'],
  otpauth: ['dist/*.umd.*', 'dist/*.slim.*', 'dist/*.min.js', 'dist/*.node.cjs'],
};

const packageFolders = globSync('node_modules/**/package.json')
  .map((file) => file.slice(0, -'/package.json'.length))
  .filter((folder) => /(^|\/)node_modules\/(@[^/]+\/)?[^/]+$/.test(folder));
for (const folder of packageFolders) {
  const name = /node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(folder)?.[1] ?? '';
  for (const pattern of [UNREAD_FOLDERS, ...(UNREAD_IN[name] ?? [])])
    for (const path of globSync(pattern, { cwd: folder }))
      rmSync(join(folder, path), { recursive: true, force: true });
}
for (const file of globSync('node_modules/**/*', { withFileTypes: true })) {
  if (file.isFile() && UNREAD_FILE.test(file.name) && !LICENCE.test(file.name))
    rmSync(join(file.parentPath, file.name));
}

const { dependencies } = JSON.parse(readFileSync(join(service, 'package.json'), 'utf8'));
const names = Object.keys(dependencies).map((name) => JSON.stringify(name));
const program = `for (const name of [${names}]) await import(name);`;
execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
  cwd: service,
  stdio: 'inherit',
});
