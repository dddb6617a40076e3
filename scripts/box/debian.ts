import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { retry } from './retry.ts';
import { must } from './shell.ts';

/** Installs Debian packages; `install` may name a release, as in `docker.io/trixie`. */
export type Apt = { codename: string; install(packages: string[]): Promise<void> };

/**
 * apt with lists and sources of its own below `folder`: the machine's configuration stays as it is. Debian 12 also
 * sees Debian 13, at a priority that upgrades nothing by itself, because its own compose is the old one.
 * @throws Error when this is not root on Debian 12 or newer
 */
export async function openApt(folder: string): Promise<Apt> {
  const release = read('/etc/os-release');
  const codename = /^VERSION_CODENAME=(\w+)$/m.exec(release)?.[1] ?? '';
  if (!/^ID=debian$/m.test(release) || process.getuid?.() !== 0)
    throw new Error(
      'What is missing can be installed only by root on Debian: install Docker 25 or newer yourself.',
    );

  const sources = join(folder, 'sources');
  for (const made of [sources, join(folder, 'lists/partial')]) mkdirSync(made, { recursive: true });
  const own = read('/etc/apt/sources.list.d/debian.sources');
  writeFileSync(join(sources, 'debian.sources'), own);
  if (codename === 'bookworm') {
    const main = own.split(/\n{2,}/).find((part) => /^Suites:.*\bbookworm( |$)/m.test(part)) ?? '';
    writeFileSync(
      join(sources, 'next.sources'),
      `${main.replace(/^Suites:.*$/m, 'Suites: trixie').trim()}\n`,
    );
    writeFileSync(join(folder, 'preferences'), 'Package: *\nPin: release n=trixie\nPin-Priority: 100\n');
  }
  const options = {
    'Dir::Etc::SourceList': '/dev/null',
    'Dir::Etc::SourceParts': sources,
    'Dir::Etc::Preferences': join(folder, 'preferences'),
    'Dir::Etc::PreferencesParts': '/dev/null',
    'Dir::State::Lists': join(folder, 'lists'),
  };
  const given = Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  // Another installation under way is waited for.
  const apt = (...args: string[]) =>
    retry(() =>
      must('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=300', ...given, ...args], {
        env: { DEBIAN_FRONTEND: 'noninteractive' },
      }),
    );
  await apt('update');
  return {
    codename,
    install: async (packages) => {
      await apt('install', '-y', '--no-install-recommends', ...packages);
    },
  };
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
