import { z } from 'zod';
import { Id } from './common.ts';

const DAY_S = 24 * 3600;

/** After how many seconds the messages of a conversation may expire; 0: never. */
export const EXPIRY_CHOICES = [0, DAY_S, 7 * DAY_S, 90 * DAY_S] as const;

export const SetExpiry = z.strictObject({
  after: z.literal(EXPIRY_CHOICES).meta({ description: 'seconds from when a message is sent; 0: never' }),
});
export type SetExpiry = z.infer<typeof SetExpiry>;

export const ExpiryPath = z.strictObject({ conversationId: Id });
export const ExpiryAnswer = z.strictObject({ conversationId: Id, after: z.literal(EXPIRY_CHOICES) });
export type ExpiryAnswer = z.infer<typeof ExpiryAnswer>;
