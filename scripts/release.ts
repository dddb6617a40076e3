/**
 * What the workflow of a release asks of the repository (docs/releasing.md):
 * `version TAG` prints the version when the tag, all package files and the changelog name the same one; `notes VERSION` prints its
 * part of the changelog; `files VERSION IMAGES OUT` writes the files of the release, with the images that IMAGES/*.image name.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Semantic Versioning 2.0.0 without build metadata, which tags of images do not allow. */
const VERSION = /^\d+\.\d+\.\d+(-[0-9a-z.-]+)?$/;
/** A name with a digest, as the workflow writes it down after the build. */
const IMAGE = /^[a-z0-9][a-z0-9./-]*\/(bisik-(?:core|cipher))@sha256:[0-9a-f]{64}$/;
const IMAGES = ['bisik-core', 'bisik-cipher'];

/**
 * The version that a tag stands for.
 * @throws Error with a sentence that says what does not agree with the tag
 */
export function versionOf(tag: string, packageVersions: Record<string, string>, changelog: string): string {
  const version = tag.replace(/^v/, '');
  if (tag === version || !VERSION.test(version)) throw new Error(`${tag} is no tag such as v1.2.3.`);
  for (const [file, other] of Object.entries(packageVersions))
    if (other !== version)
      throw new Error(`${file} has the version ${other}, not ${version}: see docs/releasing.md.`);
  if (notesOf(version, changelog) === '')
    throw new Error(
      `CHANGELOG.md says nothing of ${version}: it needs the heading “## ${version} - <date>”.`,
    );
  return version;
}

/** The part of the changelog below the heading of a version; empty if there is none. */
export function notesOf(version: string, changelog: string): string {
  const parts = changelog.split(/^## /m).slice(1);
  const part = parts.find((text) => /^\[?([^\s\]]+)/.exec(text)?.[1] === version) ?? '';
  return part.slice(part.indexOf('\n') + 1).trim();
}

/**
 * The images by their short name.
 * @param lines one name with digest each
 * @throws Error when one of the two is missing, there twice, or without a digest
 */
export function imagesOf(lines: string[]): Record<string, string> {
  const images: Record<string, string> = {};
  for (const line of lines) {
    const [, name] = IMAGE.exec(line) ?? [];
    if (name === undefined || images[name])
      throw new Error(`${line} is no image of a release with its digest.`);
    images[name] = line;
  }
  for (const name of IMAGES) if (!images[name]) throw new Error(`The image ${name} is missing.`);
  return images;
}

/**
 * The script `bisik` of a release: its first lines name the version, the images with their digests and the time, in seconds
 * since 1970. @throws Error when the script has no such line
 */
export function releasedScript(
  script: string,
  version: string,
  images: Record<string, string>,
  releasedAt: number,
): string {
  const values = {
    VERSION: version,
    CORE_IMAGE: images['bisik-core'],
    CIPHER_IMAGE: images['bisik-cipher'],
    RELEASED_AT: releasedAt,
  };
  return Object.entries(values).reduce((text, [name, value]) => {
    const line = new RegExp(`^${name}=.*$`, 'm');
    if (!line.test(text)) throw new Error(`bisik has no line ${name}=.`);
    return text.replace(line, `${name}=${value}`);
  }, script);
}

function main([command, ...args]: string[]): void {
  const root = join(import.meta.dirname, '..');
  const read = (file: string) => readFileSync(join(root, file), 'utf8');
  const [first = '', imagesDir = '', out = ''] = args;
  if (command === 'version') {
    const files = ['package.json', ...globSync('*/package.json', { cwd: root })];
    const versions = files.map((file) => [file, JSON.parse(read(file)).version as string]);
    // The image carries this script: its version must be right before the images are built.
    versions.push(['bisik', /^VERSION=(.*)$/m.exec(read('bisik'))?.[1] ?? 'none']);
    console.log(versionOf(first, Object.fromEntries(versions), read('CHANGELOG.md')));
  } else if (command === 'notes') {
    console.log(notesOf(first, read('CHANGELOG.md')));
  } else if (command === 'files') {
    const lines = globSync('*.image', { cwd: imagesDir }).sort();
    const images = imagesOf(lines.map((file) => readFileSync(join(imagesDir, file), 'utf8').trim()));
    writeFileSync(join(out, 'images.txt'), `${Object.values(images).join('\n')}\n`);
    const script = releasedScript(read('bisik'), first, images, Math.floor(Date.now() / 1000));
    writeFileSync(join(out, 'bisik'), script, { mode: 0o755 });
  } else throw new Error('Takes version TAG, notes VERSION, or files VERSION IMAGES OUT.');
}

if (import.meta.main) {
  try {
    main(process.argv.slice(2));
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
