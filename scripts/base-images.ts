import { createHash } from 'node:crypto';

/** An image that is fetched from a registry, as a Dockerfile or a compose file names it. */
export type ImageName = { repository: string; tag: string; digest?: string };

const FORM = /^([a-z0-9][a-z0-9._/:-]*?)(?::([\w][\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const MAX_BYTES = 2 ** 20;
/** Indexes of several platforms, and what an image of one platform has in their place. */
const INDEXES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];
const MANIFESTS = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

/** @throws Error for a text that names no image */
export function parseImage(text: string): ImageName {
  const [, repository, tag = 'latest', digest] = FORM.exec(text) ?? [];
  if (repository === undefined) throw new Error(`${text} names no image.`);
  return { repository, tag, ...(digest && { digest }) };
}

export const formatImage = ({ repository, tag, digest }: ImageName) =>
  `${repository}:${tag}${digest ? `@${digest}` : ''}`;

/** The images that a Dockerfile (`FROM`, `COPY --from`) or a compose file (`image:`) fetches; names of stages and of `built` are none. */
export function fetchedImages(text: string, built: string[] = []): string[] {
  const stages = [...text.matchAll(/^FROM\s.*\sAS\s+(\S+)\s*$/gim)].map(([, name = '']) => name);
  const named = text.matchAll(
    /^FROM\s+(?:--\S+\s+)*(\S+)|^COPY\s+(?:--(?!from=)\S+\s+)*--from=(\S+)|^\s+image:\s*["']?([^\s"']+)/gim,
  );
  const all = [...named].map(([, from, copy, image]) => from ?? copy ?? image ?? '');
  return [...new Set(all)].filter((name) => ![...stages, ...built, 'scratch'].includes(name));
}

/** A digest, and the version of Node that its image says to have. */
export type Resolved = { digest: string; nodeVersion?: string };
/** The registry did not answer as one. */
export class RegistryAway extends Error {}

/**
 * Asks a registry (OCI distribution specification 1.1) what a tag stands for now: the digest of its index, which covers all
 * platforms. Each document is checked against its digest. @throws RegistryAway
 */
export async function resolveImage(
  { repository, tag }: Pick<ImageName, 'repository' | 'tag'>,
  { registry, timeoutMs = 15_000 }: { registry?: string; timeoutMs?: number } = {},
): Promise<Resolved> {
  const { base, path } = placeOf(repository, registry);
  const signal = AbortSignal.timeout(timeoutMs);
  let token: string | undefined;
  const get = async (what: string, accept: string[]) => {
    const request = () =>
      fetch(`${base}/v2/${path}/${what}`, {
        headers: { Accept: accept.join(', '), ...(token && { Authorization: `Bearer ${token}` }) },
        signal,
      });
    let response = await request();
    if (response.status === 401 && token === undefined) {
      token = await anonymousToken(response.headers.get('www-authenticate') ?? '', path, signal);
      response = await request();
    }
    if (response.status === 404) throw new Error(`The registry has no ${repository}:${tag}.`);
    if (!response.ok) throw new RegistryAway(`it answers ${response.status} for ${repository}:${tag}`);
    const bytes = Buffer.from(await response.arrayBuffer());
    if (bytes.length > MAX_BYTES) throw new RegistryAway(`its answer for ${repository}:${tag} is too large`);
    return {
      bytes,
      digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
      headers: response.headers,
    };
  };
  const getByDigest = async (kind: 'manifests' | 'blobs', digest: string, accept: string[]) => {
    const got = await get(`${kind}/${digest}`, accept);
    if (got.digest !== digest) throw new Error(`The registry answers other bytes than those of ${digest}.`);
    return JSON.parse(got.bytes.toString());
  };
  try {
    const top = await get(`manifests/${tag}`, [...INDEXES, ...MANIFESTS]);
    const said = top.headers.get('docker-content-digest');
    if (said !== null && said !== top.digest) throw new Error(`The registry says ${said} of ${top.digest}.`);
    const index = JSON.parse(top.bytes.toString()) as Index;
    if (!INDEXES.includes(index.mediaType ?? top.headers.get('content-type') ?? ''))
      throw new Error(
        `${repository}:${tag} is no index of several platforms: its digest would fit one alone.`,
      );
    const one = index.manifests?.find(({ platform }) => platform?.architecture === 'amd64');
    if (!one || !DIGEST.test(one.digest)) return { digest: top.digest };
    const manifest = (await getByDigest('manifests', one.digest, MANIFESTS)) as Manifest;
    const config = (await getByDigest('blobs', manifest.config.digest, ['*/*'])) as Config;
    const version = config.config?.Env?.map((line) => /^NODE_VERSION=(\d+\.\d+\.\d+)$/.exec(line)?.[1]).find(
      Boolean,
    );
    return { digest: top.digest, ...(version && { nodeVersion: version }) };
  } catch (cause) {
    if (cause instanceof RegistryAway) throw cause;
    const isNetwork = cause instanceof TypeError || (cause as Error).name === 'TimeoutError';
    if (!isNetwork) throw cause;
    const { code = (cause as Error).message } = ((cause as Error).cause ?? {}) as { code?: string };
    throw new RegistryAway(String(code), { cause });
  }
}

type Index = { mediaType?: string; manifests?: { digest: string; platform?: { architecture: string } }[] };
type Manifest = { config: { digest: string } };
type Config = { config?: { Env?: string[] } };

/** Docker's rules: a first part with a dot, a colon or the name localhost is a registry; a name without a slash is an official image. */
function placeOf(repository: string, registry: string | undefined): { base: string; path: string } {
  const [first = '', ...rest] = repository.split('/');
  if (rest.length > 0 && /[.:]|^localhost$/.test(first))
    return { base: `https://${first}`, path: rest.join('/') };
  const path = rest.length > 0 ? repository : `library/${repository}`;
  return { base: registry ?? 'https://registry-1.docker.io', path };
}

/** A token to read a public repository, from the service that the registry names (distribution's token specification). */
async function anonymousToken(challenge: string, path: string, signal: AbortSignal): Promise<string> {
  const fields = Object.fromEntries(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value] as const),
  );
  const url = URL.parse(fields.realm ?? '');
  if (!/^Bearer /i.test(challenge) || !url) throw new RegistryAway('it asks for another login than a token');
  if (fields.service) url.searchParams.set('service', fields.service);
  url.searchParams.set('scope', `repository:${path}:pull`);
  const response = await fetch(url, { signal });
  if (!response.ok) throw new RegistryAway(`its token service answers ${response.status}`);
  const { token, access_token = token } = (await response.json()) as {
    token?: string;
    access_token?: string;
  };
  if (access_token === undefined) throw new RegistryAway('its token service gives no token');
  return access_token;
}
