/**
 * Whether a .dockerignore keeps a path out of the build context, as Docker's own matcher decides: the last pattern
 * that matches the path or a folder above it counts, `*` stays within a folder, `**` is any number of them.
 * @param path relative to the context, with `/`
 */
export function isIgnored(dockerignore: string, path: string): boolean {
  const parts = path.split('/');
  const candidates = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  let ignored = false;
  for (const line of dockerignore.split('\n').map((one) => one.trim())) {
    if (line === '' || line.startsWith('#')) continue;
    const pattern = toRegExp(line.replace(/^!/, ''));
    if (candidates.some((candidate) => pattern.test(candidate))) ignored = !line.startsWith('!');
  }
  return ignored;
}

function toRegExp(pattern: string): RegExp {
  const source = pattern
    .replace(/^\/|\/$/g, '')
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*\*\/|\*\*|\*|\?/g, (wild) => WILD[wild] ?? wild);
  return new RegExp(`^${source}$`);
}

const WILD: Record<string, string> = { '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' };

/** What the COPY lines of a Dockerfile take from the build context, without what they take from other stages. */
export function copiedFromContext(dockerfile: string): string[] {
  return dockerfile
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => /^COPY /.test(line) && !line.includes('--from='))
    .flatMap((line) => line.split(/\s+/).slice(1, -1))
    .filter((word) => !word.startsWith('--'));
}
