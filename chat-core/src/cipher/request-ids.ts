import { randomBytes } from 'node:crypto';

/** Ids of two processes differ by their beginning. */
const PREFIX = randomBytes(5).toString('hex');
let count = 0;
const ids = new WeakMap<object, string>();

/** The id of a call of cipher-service. Both services log what fails with it; one call may carry texts of several requests. */
export function nextRequestId(): string {
  count += 1;
  return `${PREFIX}-${count.toString(36)}`;
}

/** Remembers in which call an error occurred. */
export function rememberRequestId(error: unknown, id: string): void {
  if (typeof error === 'object' && error !== null) ids.set(error, id);
}

/** The id of the call of cipher-service in which this error, or what caused it, occurred. */
export function callIdOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  return ids.get(error) ?? (error instanceof Error ? callIdOf(error.cause) : undefined);
}
