import type { Id } from '../../../chat-core/src/wire/wire.ts';
import type { Api } from '../api/api.ts';
import type { Clock } from '../clock.ts';
import type { Keeping } from '../local-db/account-storage.ts';
import type { TabChannel } from '../session/tabs.ts';
import { createOutbox } from './outbox.ts';

type Deps = {
  api: Pick<Api, 'send'>;
  clock: Clock;
  keeping: Pick<Keeping, 'store' | 'unsent'>;
  tabs: TabChannel;
};

/** The outbox of somebody: what it sends is theirs, and every tab hears what has become of it. */
export function createSending(senderId: Id, { api, clock, keeping: { store, unsent }, tabs }: Deps) {
  return createOutbox({
    unsent,
    clock,
    send({ id: clientMessageId, conversationId, text: message, replyTo }) {
      const answer = replyTo === undefined ? {} : { replyTo };
      return api.send({ senderId, conversationId, message, clientMessageId, ...answer });
    },
    onSent(message) {
      store.dispatch({ type: 'sent', message });
      tabs.sent(message);
    },
    onChange: (entries) => store.dispatch({ type: 'outbox', entries }),
  });
}
