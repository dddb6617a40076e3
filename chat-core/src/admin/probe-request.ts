/** One HTTP request to this machine. By node:http, since fetch would load 6 MB that stay for as long as chat-core runs. */
const { request } = process.getBuiltinModule('node:http');

const TIMEOUT_MS = 10_000;

type JsonRequest = {
  port: number;
  method: 'GET' | 'POST';
  path: string;
  body?: object;
  token?: string | undefined;
};

/**
 * The JSON of an answer. @throws Error with method, path without its query, and status or code, for any answer but 200, or
 * when there is none in 10 s
 */
export async function requestJson<T>({ port, method, path, body, token }: JsonRequest): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const headers = {
    ...(body && { 'Content-Type': 'application/json' }),
    ...(token !== undefined && { Authorization: `Bearer ${token}` }),
  };
  const options = { host: '127.0.0.1', port, method, path, headers, agent: false, timeout: TIMEOUT_MS };
  const sent = request(options, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    response.on('error', reject).on('end', () => resolve({ status: response.statusCode ?? 0, text }));
  });
  sent.on('error', reject).on('timeout', () => sent.destroy(new Error('There is no answer in 10 s.')));
  sent.end(body && JSON.stringify(body));
  const { status, text } = await promise;
  if (status === 200) return JSON.parse(text) as T;
  const code = /"code":"([A-Z_]+)"/.exec(text)?.[1] ?? '';
  throw new Error(`${method} ${path.replace(/\?.*/, '')} was answered with ${status} ${code}`.trimEnd());
}
