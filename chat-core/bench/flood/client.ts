import { askOnce, type Connection, headerOf, openConnection } from '../drive/connection.ts';
import { requestText } from '../drive/request.ts';
import { pause } from '../report.ts';
import type { Report } from './main.ts';

export type Answer = { status: number; body: unknown; pollAfterMs: number };

/** A connection of a virtual person: sends requests in sequence, reports their responses, and obeys Retry-After. */
export type Client = {
  token: string | undefined;
  /** `route` is its name in the report, without ids. */
  get(route: string, path: string, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, body: object): Promise<Answer>;
  close(): void;
};

const RETRY_MS = 1000;

export function openClient(port: number, report: Report): Client {
  const connection: Connection = openConnection(port);
  let before: Promise<unknown> = Promise.resolve();

  const ask = async (route: string, text: string): Promise<Answer> => {
    const started = performance.now();
    const answer = await askOnce(connection, Buffer.from(text, 'latin1')).catch(() => undefined);
    const ms = performance.now() - started;
    if (!answer) {
      report.answered(route, 0, ms);
      await pause(RETRY_MS);
      return { status: 0, body: undefined, pollAfterMs: RETRY_MS };
    }
    const body: unknown = answer.text === '' ? undefined : JSON.parse(answer.text);
    report.answered(route, answer.status, ms, (body as { code?: string } | undefined)?.code);
    const head = Buffer.from(answer.head, 'latin1');
    const retryAfter = headerOf(head, 'retry-after');
    if (retryAfter !== undefined) await pause(Number(retryAfter) * 1000);
    return { status: answer.status, body, pollAfterMs: Number(headerOf(head, 'poll-after-ms') ?? RETRY_MS) };
  };
  const inSequence = (route: string, text: () => string): Promise<Answer> => {
    const response = before.then(() => ask(route, text()));
    before = response;
    return response;
  };
  const client: Client = {
    token: undefined,
    get: (route, path, headers = {}) =>
      inSequence(`GET ${route}`, () =>
        requestText('GET', path, { ...(client.token && { token: client.token }), headers }),
      ),
    post: (path, body) =>
      inSequence(`POST ${path}`, () =>
        requestText('POST', path, { ...(client.token && { token: client.token }), body }),
      ),
    close: () => connection.close(),
  };
  return client;
}
