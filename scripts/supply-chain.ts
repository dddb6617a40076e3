/** What `npm sbom` and `npm audit` say, and rules on package files and the lock file. */
export type Locked = {
  name?: string;
  version?: string;
  license?: string;
  link?: boolean;
  hasInstallScript?: boolean;
};
export type Lockfile = { packages: Record<string, Locked> };
export type PackageFile = Partial<
  Record<'dependencies' | 'devDependencies' | 'optionalDependencies', Record<string, string>>
>;

/** Licences that allow what we do: permissive ones, and MPL-2.0 for files that stay as they are. */
const LICENCES = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'MPL-2.0',
];

const EXACT = /^\d+\.\d+\.\d+(-[\w.]+)?$/;

/** The dependencies of a package file that are no exact versions. */
export function loosePins(file: PackageFile): string[] {
  return (['dependencies', 'devDependencies', 'optionalDependencies'] as const).flatMap((kind) =>
    Object.entries(file[kind] ?? {})
      .filter(([, version]) => !EXACT.test(version))
      .map(([name, version]) => `${name}@${version}`),
  );
}

/** The packages of a lock file from elsewhere, as `name@version`, sorted; each once. */
export function lockedPackages(lockfile: Lockfile): string[] {
  const names = foreign(lockfile).map(([path, { name, version }]) => `${name ?? nameAt(path)}@${version}`);
  return [...new Set(names)].sort();
}

/** The packages whose licence is not allowed, or not said. Of alternatives (`A OR B`) one is enough. */
export function refusedLicences(lockfile: Lockfile): string[] {
  return foreign(lockfile)
    .filter(([, { license = '' }]) => {
      const alternatives = license.replace(/^\((.*)\)$/, '$1').split(' OR ');
      return !alternatives.some((one) => one.split(' AND ').every((part) => LICENCES.includes(part)));
    })
    .map(([path, { license = 'none' }]) => `${nameAt(path)}: ${license}`);
}

/** The packages with an install script on which the root package file does not decide. */
export function undecidedScripts(lockfile: Lockfile, allowScripts: Record<string, boolean>): string[] {
  return foreign(lockfile)
    .filter(([path, { hasInstallScript }]) => hasInstallScript && !Object.hasOwn(allowScripts, nameAt(path)))
    .map(([path]) => nameAt(path));
}

/** The packages of a CycloneDX document that are not of this repository, as `name@version`, sorted; each once. */
export function packagesInSbom(text: string): string[] {
  type Component = {
    type?: string;
    name: string;
    version: string;
    group?: string;
    properties?: { name: string }[];
  };
  const { bomFormat, components } = JSON.parse(text) as { bomFormat: string; components: Component[] };
  if (bomFormat !== 'CycloneDX') throw new Error('This is no CycloneDX document.');
  const names = components
    .filter(
      ({ type, properties = [] }) =>
        type !== 'platform' && !properties.some(({ name }) => name === 'cdx:npm:package:private'),
    )
    .map(({ group, name, version }) => `${group ? `${group}/` : ''}${name}@${version}`);
  return [...new Set(names)].sort();
}

/** What `npm audit --json` printed. */
export type Audit = {
  /** The packages with an advisory of level high or critical; undefined without an answer of the registry. */
  serious?: string[];
  /** Why there was no answer, where npm says it. */
  reason?: string;
};

/** Reads what `npm audit --json` printed: its report, or its error. */
export function readAudit(text: string): Audit {
  type Report = {
    vulnerabilities?: Record<string, { severity: string }>;
    statusCode?: number;
    message?: string;
  };
  let report: Report;
  try {
    report = JSON.parse(text);
  } catch {
    return {};
  }
  const { vulnerabilities, statusCode, message } = report;
  if (!vulnerabilities)
    return {
      reason: statusCode
        ? `status ${statusCode}`
        : (message?.replace(/^request to .* reason: /, '') ?? 'no report'),
    };
  const serious = Object.entries(vulnerabilities)
    .filter(([, { severity }]) => ['high', 'critical'].includes(severity))
    .map(([name, { severity }]) => `${name}: ${severity}`);
  return { serious };
}

function foreign({ packages }: Lockfile): [string, Locked][] {
  return Object.entries(packages).filter(([path, { link }]) => path.includes('node_modules/') && !link);
}

function nameAt(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}
