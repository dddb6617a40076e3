import type { ServerResponse } from 'node:http';
import { CONTENT_HEADERS } from './headers.ts';

const JSON_HEADERS = [
  ...Object.entries(CONTENT_HEADERS).flat(),
  'Content-Type',
  'application/json; charset=utf-8',
  'Content-Length',
];

/** Answers 200 with JSON, or 204 with nothing. `headers` are names and values in turn: Node writes such a list as it is. */
export function answer(response: ServerResponse, headers: string[], content: unknown): void {
  if (content === undefined) {
    response.writeHead(204, headers).end();
    return;
  }
  const bytes = Buffer.from(JSON.stringify(content));
  response.writeHead(200, [...headers, ...JSON_HEADERS, String(bytes.length)]).end(bytes);
}
