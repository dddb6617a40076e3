import { z } from 'zod';
import { Done, Id } from '../schemas.ts';

/** What the routes that change something between the caller and somebody else have in common. */
export const change = {
  method: 'post',
  who: 'user',
  rate: 'people',
  givesWay: 'early',
  body: z.strictObject({ userId: Id }),
  answer: Done,
} as const;
