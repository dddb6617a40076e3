/** What each image has: compiled code, and packages, by the list in it (CycloneDX). */
import { readFileSync } from 'node:fs';
import { type Lockfile, lockedPackages, packagesInSbom } from '../supply-chain.ts';
import { type Box, SERVICES } from './box.ts';
import type { Section } from './harness.ts';

/** Where the Dockerfiles put it. */
const SBOM = '/app/sbom.cdx.json';
/** `node -e LIST` prints `name@version` of each package that is installed below /app. */
const LIST = `const { globSync, readFileSync } = require('fs');
const files = globSync('/app/{,*/}node_modules/**/package.json').filter((file) => /node_modules[/](@[^/]+[/])?[^/]+[/]package.json$/.test(file));
const read = files.map((file) => JSON.parse(readFileSync(file, 'utf8')));
console.log([...new Set(read.filter((one) => one.version && !one.private).map((one) => one.name + '@' + one.version))].join(' '));`;

/** The list of packages in each image names what is installed there, and nothing that the lock file does not know. */
export async function checkPackages(box: Box, { check }: Section): Promise<void> {
  const lockfile: Lockfile = JSON.parse(
    readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8'),
  );
  const locked = lockedPackages(lockfile);
  for (const service of SERVICES) {
    const compiled = await box.inside(service, 'sh', '-c', 'ls /app/compiled/*-"$(id -u)" | wc -l');
    const claim = `${service} finds what was compiled in its image, by the id of its user`;
    check(claim, Number(compiled) > 50, `${compiled} files`);
    const text = await box.inside(service, 'cat', SBOM);
    const listed = text.startsWith('{') ? packagesInSbom(text) : [];
    const size = `${listed.length} packages in ${Math.round(text.length / 1024)} KiB`;
    check(`${service} has a list of its packages in ${SBOM}`, listed.length > 5, size);
    const installed = (await box.inside(service, 'node', '-e', LIST)).split(' ').filter(Boolean);
    const unlisted = installed.filter((name) => !listed.includes(name));
    check(
      `the list of ${service} has all that is installed there`,
      installed.length > 5 && unlisted.length === 0,
      unlisted.join(' ') || `${installed.length} packages`,
    );
    const unknown = listed.filter((name) => !locked.includes(name));
    const isForTests = listed.some((name) => /^(vitest|@biomejs.*)@/.test(name));
    check(
      `the list of ${service} has nothing that the lock file lacks, and nothing for tests`,
      unknown.length === 0 && !isForTests,
      unknown.join(' '),
    );
  }
}
