import { z } from 'zod';
import { Count, Id, Seq } from './common.ts';
import { Message } from './messages.ts';

export const MAX_FORWARDED = 30;
export const MAX_TARGETS = 5;

/**
 * `seqs` are the messages of one conversation, forwarded in this order to each conversation of `to`. Each copy has an id made
 * by the client, in the order of `seqs`, which makes the request repeatable.
 */
export const Forward = z.strictObject({
  from: z.strictObject({ conversationId: Id, seqs: z.array(Seq).min(1).max(MAX_FORWARDED) }),
  to: z
    .array(
      z.strictObject({
        conversationId: Id,
        clientMessageIds: z.array(Id).min(1).max(MAX_FORWARDED).meta({ description: 'one for each seq' }),
      }),
    )
    .min(1)
    .max(MAX_TARGETS),
});
export type Forward = z.infer<typeof Forward>;

export const ForwardResult = z
  .strictObject({
    conversationId: Id,
    messages: z.array(Message).meta({ description: 'those that are stored there' }),
    failure: z
      .strictObject({ code: z.string(), error: z.string(), retryAfter: Count.exactOptional() })
      .exactOptional()
      .meta({
        description: 'why the rest is not: what a send or an upload there would have been refused for',
      }),
  })
  .meta({ id: 'ForwardResult' });
export type ForwardResult = z.infer<typeof ForwardResult>;

export const ForwardAnswer = z.strictObject({
  results: z.array(ForwardResult).meta({ description: 'one for each conversation of `to`, in its order' }),
  more: z
    .literal(true)
    .exactOptional()
    .meta({ description: 'the box is still copying: send the same request again, at once' }),
  copied: Count.exactOptional().meta({ description: 'with `more`: bytes of files that this request copied' }),
});
export type ForwardAnswer = z.infer<typeof ForwardAnswer>;
