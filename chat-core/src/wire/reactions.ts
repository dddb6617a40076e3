import { z } from 'zod';
import { Count, Id } from './common.ts';

const ONE_EMOJI = /^\p{RGI_Emoji}$/v;

/** One emoji as Unicode recommends it for general interchange (UTS #51, RGI), with its variation selector. */
export const Emoji = z
  .string()
  .max(40)
  .refine((text) => ONE_EMOJI.test(text), 'must be one emoji')
  .meta({ example: '👍' });

/** How many reacted with one emoji, and whether the reader is one of them; people across a block are not counted. */
export const Reaction = z
  .strictObject({ emoji: Emoji, count: Count, mine: z.literal(true).exactOptional() })
  .meta({ id: 'Reaction' });
export type Reaction = z.infer<typeof Reaction>;

/** Who reacted to a message, in the order in which they did, by emoji. */
export const WhoReacted = z.strictObject({
  reactions: z.array(z.strictObject({ emoji: Emoji, userIds: z.array(Id) })),
});
export type WhoReacted = z.infer<typeof WhoReacted>;
