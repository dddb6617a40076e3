// `node scripts/sbom.mjs <name> [package …]`: prints what is installed below this folder as a CycloneDX document, for the image of
// a service; the named packages are added from the lock file, for what a bundle holds. Plain JavaScript: no package is needed.
import { globSync, readFileSync } from 'node:fs';

const [name = 'bisik', ...bundled] = process.argv.slice(2);
const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
const IS_PACKAGE = /(^|\/)node_modules\/(@[^/]+\/)?[^/]+\/package\.json$/;

const installed = globSync('{,*/}node_modules/**/package.json')
  .filter((file) => IS_PACKAGE.test(file))
  .map(read)
  .filter(({ name, version, private: isOwn }) => name && version && !isOwn);
const { packages } = read('package-lock.json');
const added = bundled.map((one) => ({ name: one, ...packages[`node_modules/${one}`] }));

function componentOf({ name, version, license }) {
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  const licenses = typeof license === 'string' ? { licenses: [{ expression: license }] } : {};
  return { type: 'library', 'bom-ref': purl, name, version, purl, ...licenses };
}

const byRef = new Map([...installed, ...added].map(componentOf).map((one) => [one['bom-ref'], one]));
const node = { type: 'platform', 'bom-ref': 'node', name: 'node', version: process.versions.node };
const components = [node, ...[...byRef].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)];
const metadata = {
  component: { type: 'application', 'bom-ref': name, name, version: read('package.json').version },
};
console.log(JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.5', version: 1, metadata, components }));
