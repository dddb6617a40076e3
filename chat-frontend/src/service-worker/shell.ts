import { wallClock } from '../clock.ts';
import { withTimeout } from '../deadline.ts';

/** One build: `files` are the paths of its files, the first of them the document `/`; `entry` is the script in it. */
export type Build = { version: string; files: readonly string[]; entry: string };

const PREFIX = 'bisik-page.';
/** An open tab may still run the previous build and request a lazy part of it. */
const MAX_BUILDS = 2;

/**
 * Caches the files of the page, so that it opens without a network. Only files of the build are cached or served: any
 * other path, above all the API's, goes to the network as if there were no worker.
 */
export function createShell(
  { version, files, entry }: Build,
  store: CacheStorage,
  load: typeof fetch,
  clock = wallClock,
) {
  const name = PREFIX + version;
  const known = new Set(files);

  async function fresh(path: string): Promise<Response> {
    // A file named by its content may come from the HTTP cache, where the page has just put it.
    const cache = path.startsWith('/assets/') ? 'default' : 'no-cache';
    const answer = await load(path, { cache, credentials: 'omit' });
    if (!answer.ok || answer.redirected) throw new Error(`${path}: ${answer.status}`);
    return answer;
  }

  /** A server whose build is being replaced may serve the document of another build. */
  async function checked(path: string): Promise<Response> {
    const answer = await fresh(path);
    if (path !== '/') return answer;
    if (!(await answer.clone().text()).includes(entry)) throw new Error('the page is of another build');
    return answer;
  }

  async function find(path: string): Promise<Response | undefined> {
    const cache = await store.open(name);
    return (await cache.match(path)) ?? (path === '/' ? undefined : await store.match(path));
  }

  return {
    /** Fetches all files and caches all or none. @throws Error when a file is missing or of another build */
    async fill(): Promise<void> {
      const answers = await Promise.all(files.map(async (path) => [path, await checked(path)] as const));
      const cache = await store.open(name);
      await Promise.all(answers.map(([path, answer]) => cache.put(path, answer)));
    },
    /** Deletes the caches of the builds before the previous one. */
    async sweep(): Promise<void> {
      const others = (await store.keys()).filter((key) => key.startsWith(PREFIX) && key !== name);
      const old = others.slice(0, Math.max(0, others.length - (MAX_BUILDS - 1)));
      await Promise.all(old.map((key) => store.delete(key)));
    },
    /** The path of the file that is requested; undefined when it is not one of the page. */
    pathOf(request: Pick<Request, 'method' | 'url' | 'mode'>, origin: string): string | undefined {
      const url = new URL(request.url);
      if (request.method !== 'GET' || url.origin !== origin) return undefined;
      const path = url.pathname === '/index.html' ? '/' : url.pathname;
      if (path === '/') return request.mode === 'navigate' ? path : undefined;
      return known.has(path) || path.startsWith('/assets/') ? path : undefined;
    },
    /**
     * From the cache of this build, then of another, then from the network, without caching it. A cache that refuses or does
     * not answer in time counts as empty; where the network fails too, a slow cache is waited for.
     */
    async answer(path: string, request: Request): Promise<Response> {
      const finding = find(path).catch(() => undefined);
      const cached = await withTimeout(clock, finding, undefined);
      if (cached) return cached;
      return load(request).catch(async (thrown: unknown) => {
        const late = await finding;
        if (late) return late;
        throw thrown;
      });
    },
  };
}
