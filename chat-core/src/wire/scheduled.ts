import { z } from 'zod';
import { Id, Time } from './common.ts';
import { Text } from './messages.ts';

/** So many messages of a person wait at most, and none for longer than so many days. */
export const MAX_SCHEDULED = 20;
export const MAX_SCHEDULED_DAYS = 366;

/** A text to send at a time, by the wall clock. The id, made by the client, becomes that of the message: the request is repeatable. */
export const NewScheduled = z.strictObject({
  clientMessageId: Id,
  conversationId: Id,
  message: Text,
  at: Time,
});
export type NewScheduled = z.infer<typeof NewScheduled>;

export const Scheduled = z
  .strictObject({
    id: Id,
    conversationId: Id,
    message: z.string(),
    at: Time,
    failure: z.string().exactOptional().meta({
      description: 'the code of the refusal at its time: it was not sent, and stays until it is deleted',
    }),
  })
  .meta({ id: 'Scheduled' });
export type Scheduled = z.infer<typeof Scheduled>;

export const ScheduledList = z.strictObject({
  scheduled: z.array(Scheduled).meta({ description: 'in the order of their times' }),
});
export type ScheduledList = z.infer<typeof ScheduledList>;

export const ScheduledPath = z.strictObject({ id: Id });
