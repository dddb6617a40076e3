import { wallClock } from '../clock.ts';
import { inTime } from '../deadline.ts';

/** The files of one build: `version` names them all, `files` are their paths, the first of them the page's own `/`. */
export type Build = { version: string; files: readonly string[]; entry: string };

const PREFIX = 'bisik-page.';
/** An open tab still runs the build before this one, and may ask for a part of it. */
const BUILDS_KEPT = 2;

/**
 * The page's own files, so that it opens without a network. Only what the build has made is ever kept or answered:
 * a path that is not in its list, the API's above all, goes its way as if there were no worker.
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
    // What is named by its content may come from the browser's own cache, where the page has just put it.
    const cache = path.startsWith('/assets/') ? 'default' : 'no-cache';
    const answer = await load(path, { cache, credentials: 'omit' });
    if (!answer.ok || answer.redirected) throw new Error(`${path}: ${answer.status}`);
    return answer;
  }

  /** A build that is being replaced on its server may hand out the document of another. */
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
    /** Fetches everything, and keeps all or nothing. @throws when a file is missing or of another build */
    async fill(): Promise<void> {
      const answers = await Promise.all(files.map(async (path) => [path, await checked(path)] as const));
      const cache = await store.open(name);
      await Promise.all(answers.map(([path, answer]) => cache.put(path, answer)));
    },
    /** Forgets the builds before the last one. */
    async sweep(): Promise<void> {
      const others = (await store.keys()).filter((key) => key.startsWith(PREFIX) && key !== name);
      const spent = others.slice(0, Math.max(0, others.length - (BUILDS_KEPT - 1)));
      await Promise.all(spent.map((key) => store.delete(key)));
    },
    /** The file a request is for; undefined when it is none of ours. */
    pathOf(request: Pick<Request, 'method' | 'url' | 'mode'>, origin: string): string | undefined {
      const url = new URL(request.url);
      if (request.method !== 'GET' || url.origin !== origin) return undefined;
      const path = url.pathname === '/index.html' ? '/' : url.pathname;
      if (path === '/') return request.mode === 'navigate' ? path : undefined;
      return known.has(path) || path.startsWith('/assets/') ? path : undefined;
    },
    /**
     * From the cache, of this build before any other; else from the network, and then it is not kept. A cache that refuses
     * or is silent is none; a slow one is still better than no network.
     */
    async answer(path: string, request: Request): Promise<Response> {
      const finding = find(path).catch(() => undefined);
      const kept = await inTime(clock, finding, undefined);
      if (kept) return kept;
      return load(request).catch(async (thrown: unknown) => {
        const late = await finding;
        if (late) return late;
        throw thrown;
      });
    },
  };
}
