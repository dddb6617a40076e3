/** The first poll of a visible tab when nothing is stored. */
const QUERY = '/sync?wait=25&activity=active';

type Prefetched = { url: string; bearer: string; call: AbortController; answer: Promise<Response> };

let prefetched: Prefetched | undefined;

/** Requests the whole state while the page's script is still being fetched: that saves a round trip. */
export function prefetchSync(base: string, token: string): void {
  const url = base + QUERY;
  const bearer = `Bearer ${token}`;
  const call = new AbortController();
  const answer = fetch(url, {
    headers: { Authorization: bearer },
    credentials: 'omit',
    signal: call.signal,
  });
  answer.catch(() => undefined);
  prefetched = { url, bearer, call, answer };
}

/** The prefetched answer, if the first poll is the same request. A prefetch that failed is requested again. */
export function takePrefetchedSync(
  url: string | URL | Request,
  init: RequestInit = {},
): Promise<Response> | undefined {
  if (!prefetched || !String(url).includes('/sync?')) return undefined;
  const { call, answer, ...request } = prefetched;
  prefetched = undefined;
  const headers = new Headers(init.headers);
  const isSame = url === request.url && headers.get('Authorization') === request.bearer;
  if (!isSame || headers.has('Last-Event-ID')) {
    call.abort();
    return undefined;
  }
  init.signal?.addEventListener('abort', () => call.abort(init.signal?.reason));
  return answer.catch(() => fetch(url, init));
}
