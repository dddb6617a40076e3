/**
 * `npm run pin-images`: writes the digests that the tags of the base images stand for now into the Dockerfiles and the compose
 * files. With images as arguments (`-- cloudflare/cloudflared:2026.8.2`) it changes their tags first. `--check`, a step of
 * `npm test`, changes nothing: it names images without a digest, and in CI (the variable CI) fails if the registry answers.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import {
  fetchedImages,
  formatImage,
  type ImageName,
  parseImage,
  RegistryAway,
  resolveImage,
} from './base-images.ts';
import { notice } from './notice.ts';

const ROOT = process.env.PIN_IMAGES_ROOT ?? join(import.meta.dirname, '..');
/** Another registry than Docker Hub's, such as that of a test. */
const registry = process.env.PIN_IMAGES_REGISTRY;
const FILES = globSync(['*/Dockerfile*', 'docker-compose*.yml'], { cwd: ROOT }).sort();

type Compose = { services?: Record<string, { image?: string; build?: unknown }> };
const texts = new Map(FILES.map((file) => [file, readFileSync(join(ROOT, file), 'utf8')]));
const built = [...texts]
  .filter(([file]) => file.endsWith('.yml'))
  .flatMap(([, text]) => Object.values((parse(text, { merge: true }) as Compose).services ?? {}))
  .flatMap(({ image, build }) => (image !== undefined && build !== undefined ? [image] : []));
const names = [...new Set([...texts.values()].flatMap((text) => fetchedImages(text, built)))];

/** The image with its digest now. Of Node the newest of its line, in a tag with the whole version. */
async function pin(image: ImageName): Promise<ImageName> {
  const resolve = (tag: string) =>
    resolveImage({ ...image, tag }, registry === undefined ? {} : { registry });
  const [, line] = (image.repository === 'node' && /^(\d+)(?:\.\d+\.\d+)?-alpine$/.exec(image.tag)) || [];
  const tag = line === undefined ? image.tag : `${line}-alpine`;
  const { digest, nodeVersion } = await resolve(tag);
  const exact = `${nodeVersion}-alpine`;
  const isSame = line !== undefined && nodeVersion !== undefined && (await resolve(exact)).digest === digest;
  return { repository: image.repository, tag: isSame ? exact : tag, digest };
}

async function pinAll(wanted: ImageName[]): Promise<void> {
  for (const { repository } of wanted)
    if (!names.some((name) => parseImage(name).repository === repository))
      throw new Error(`No file names the image ${repository}.`);
  for (const name of names) {
    const image = parseImage(name);
    const pinned = formatImage(await pin(wanted.find((one) => one.repository === image.repository) ?? image));
    for (const [file, text] of texts) texts.set(file, text.replaceAll(name, pinned));
    console.log(pinned === name ? `${name} is the newest.` : `${name} → ${pinned}`);
  }
  for (const [file, text] of texts) writeFileSync(join(ROOT, file), text);
}

async function check(): Promise<void> {
  const loose = names.filter((name) => parseImage(name).digest === undefined);
  if (loose.length === 0) return console.log(`All ${names.length} base images are pinned by digest.`);
  const say = (...why: string[]) => console.log(notice(...why, ...loose.map((name) => `  ${name}`)));
  try {
    for (const name of loose) await pin(parseImage(name));
    say('Base images ARE NOT PINNED by digest. This writes them: npm run pin-images');
    if (process.env.CI) process.exitCode = 1;
  } catch (error) {
    if (!(error instanceof RegistryAway)) throw error;
    const about = `(${error.message}). Where it does: npm run pin-images`;
    say('Base images ARE NOT PINNED by digest, and their registry did not answer', about);
  }
}

const args = process.argv.slice(2);
try {
  await (args.includes('--check') ? check() : pinAll(args.map(parseImage)));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
