import type { z } from 'zod';
import { ApiError } from '../errors.ts';

export type InputPart = 'body' | 'query' | 'params';

/** An error's detail may repeat a field name of the client; it is cut to this length. */
const MAX_DETAIL_LENGTH = 200;

/**
 * A part of a request as its schema reads it.
 * @throws ApiError INVALID_REQUEST naming the first invalid field, never its value
 */
export function validate(part: InputPart, schema: z.ZodType, value: unknown): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = [part === 'params' ? 'path' : part, ...(issue?.path ?? [])].map(String).join('.');
  const detail = `The ${field} is not valid: ${issue?.message ?? ''}.`;
  throw new ApiError('INVALID_REQUEST', { detail: detail.slice(0, MAX_DETAIL_LENGTH) });
}
