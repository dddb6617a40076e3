import { z } from 'zod';
import { Done, Id } from '../wire/schemas.ts';

/** What the routes that change something between the caller and somebody else have in common. */
export const change = {
  method: 'post',
  who: 'user',
  rate: 'people',
  priority: 'low',
  body: z.strictObject({ userId: Id }),
  answer: Done,
} as const;
