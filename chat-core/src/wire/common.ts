import { z } from 'zod';
import { EXAMPLE } from './examples.ts';

/** A UUID in its canonical lower-case form. */
export const Id = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, 'must be a UUID in lower case')
  .meta({ format: 'uuid', example: EXAMPLE.me.id });
export type Id = z.infer<typeof Id>;

export const Time = z.number().int().min(0).meta({ description: 'epoch milliseconds' });

/** The sequence number of a message in its conversation: 1, 2, 3… without gaps. */
export const Seq = z.number().int().min(1);

export const Count = z.number().int().min(0);

/** An optional number from 1 to `max`. */
export const countUpTo = ({ default: fallback, max }: { default: number; max: number }) =>
  z
    .number()
    .int()
    .min(1)
    .max(max)
    .exactOptional()
    .meta({ description: `${fallback} by default` });

/** A code that people type. */
export const codeLike = (example: string) => z.string().min(1).max(64).meta({ format: 'code', example });

export const Done = z.strictObject({ message: z.string() });
export type Done = z.infer<typeof Done>;

export const FactorKind = z.enum(['totp', 'passkey', 'recoveryCode']);

/**
 * Every answer that is not success. `requestId` is sent with INTERNAL only, for the operator's log; `factors`, the
 * possible second factors, with SECOND_FACTOR_REQUIRED only.
 */
export const Failure = z
  .strictObject({
    error: z.string(),
    code: z.string(),
    requestId: z.string().exactOptional(),
    factors: z.array(FactorKind).exactOptional(),
  })
  .meta({ id: 'Failure' });
export type Failure = z.infer<typeof Failure>;
