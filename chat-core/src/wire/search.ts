import { z } from 'zod';
import { Id, Time } from './common.ts';
import { Message } from './messages.ts';

export const SearchQuery = z.strictObject({
  q: z.string().min(1).max(100).meta({
    description: 'words of which each has to begin a word of the message, in any case and without accents',
    example: 'apa kabar',
  }),
  conversationId: Id.exactOptional(),
  before: z.string().max(80).exactOptional().meta({ description: '`before` of the page before' }),
});

/** Up to 20 hits, newest first. A page may have few or none although there are older ones. */
export const SearchPage = z
  .strictObject({
    hits: z.array(Message),
    before: z.string().exactOptional().meta({
      description: 'continues the search; absent when everything was searched',
    }),
    searchedTo: Time.exactOptional().meta({ description: 'the time of the message at `before`' }),
  })
  .meta({ id: 'SearchPage' });
export type SearchPage = z.infer<typeof SearchPage>;
