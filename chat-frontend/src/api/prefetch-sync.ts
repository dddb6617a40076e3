/** As the tab that is looked at asks first, where nothing is kept. */
const QUERY = '/sync?wait=25&activity=active';

type Early = { url: string; bearer: string; call: AbortController; answer: Promise<Response> };

let early: Early | undefined;

/** Asks for the whole state before the page's script is here: on a slow line that is a whole round trip. */
export function askEarly(base: string, token: string): void {
  const url = base + QUERY;
  const bearer = `Bearer ${token}`;
  const call = new AbortController();
  const answer = fetch(url, {
    headers: { Authorization: bearer },
    credentials: 'omit',
    cache: 'no-store',
    signal: call.signal,
  });
  answer.catch(() => undefined);
  early = { url, bearer, call, answer };
}

/** The answer, for the first poll if that asks the same. One that never came is asked for once more. */
export function takeEarly(
  url: string | URL | Request,
  init: RequestInit = {},
): Promise<Response> | undefined {
  if (!early || !String(url).includes('/sync?')) return undefined;
  const { call, answer, ...asked } = early;
  early = undefined;
  const headers = new Headers(init.headers);
  const isSame = url === asked.url && headers.get('Authorization') === asked.bearer;
  if (!isSame || headers.has('Last-Event-ID')) {
    call.abort();
    return undefined;
  }
  init.signal?.addEventListener('abort', () => call.abort(init.signal?.reason));
  return answer.catch(() => fetch(url, init));
}
