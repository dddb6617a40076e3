import type { IncomingMessage } from 'node:http';

const BEARER = 'bearer ';

/** The bearer token (RFC 6750) of a request; empty without one. */
export function bearerTokenOf({ headers }: IncomingMessage): string {
  const { authorization = '' } = headers;
  const isBearer = authorization.slice(0, BEARER.length).toLowerCase() === BEARER;
  return isBearer ? authorization.slice(BEARER.length) : '';
}
