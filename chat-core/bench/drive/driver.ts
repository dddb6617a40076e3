/** A process of its own that asks and measures, so that what asks is not what is measured. Orders and results go by IPC. */
import { type XmppOrder, xmppDeliver } from '../peers/xmpp-deliver.ts';
import { type ReadBackOrder, readBack } from './acknowledged.ts';
import { type DeliverOrder, deliver } from './deliver.ts';
import { type HoldOrder, hold, type ReleaseOrder, release } from './hold.ts';
import { type LoopOrder, loop } from './loop.ts';
import { type OfferOrder, offer } from './offer.ts';
import { type RecoverOrder, recover } from './recover.ts';

export type Order =
  | LoopOrder
  | DeliverOrder
  | HoldOrder
  | ReleaseOrder
  | OfferOrder
  | ReadBackOrder
  | RecoverOrder
  | XmppOrder;

function follow(order: Order): Promise<object> {
  switch (order.kind) {
    case 'loop':
      return loop(order);
    case 'deliver':
      return deliver(order);
    case 'hold':
      return hold(order);
    case 'release':
      return release();
    case 'offer':
      return offer(order);
    case 'readBack':
      return readBack(order);
    case 'recover':
      return recover(order);
    case 'xmpp':
      return xmppDeliver(order);
  }
}

process.on('message', ({ number, order }: { number: number; order: Order }) => {
  follow(order).then(
    (result) => process.send?.({ number, result }),
    (error: Error) => process.send?.({ number, error: error.message }),
  );
});
process.on('disconnect', () => process.exit());
process.send?.({ type: 'ready' });
