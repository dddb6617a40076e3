/** The process that sends requests and measures, so that it does not share one with what is measured. Orders and results go by IPC. */

import { type XmppOrder, xmppDeliver } from '../peers/xmpp.ts';
import { type DeliverOrder, deliver } from './deliver.ts';
import { deliverToGroup, type GroupOrder } from './group.ts';
import { type LoopOrder, loop } from './loop.ts';
import { type OfferOrder, offer, type RecoverOrder, recover } from './open-loop.ts';
import { type HoldOrder, hold, type ReleaseOrder, release } from './polls.ts';
import { type ReadBackOrder, readBack } from './read-back.ts';
import { holdSockets, type SocketsOrder } from './sockets.ts';
import { type UploadOrder, uploadAgain } from './uploads.ts';

export type Order =
  | LoopOrder
  | DeliverOrder
  | GroupOrder
  | HoldOrder
  | ReleaseOrder
  | OfferOrder
  | ReadBackOrder
  | RecoverOrder
  | SocketsOrder
  | UploadOrder
  | XmppOrder;

function execute(order: Order): Promise<object> {
  switch (order.kind) {
    case 'loop':
      return loop(order);
    case 'deliver':
      return deliver(order);
    case 'group':
      return deliverToGroup(order);
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
    case 'sockets':
      return holdSockets(order);
    case 'upload':
      return uploadAgain(order);
    case 'xmpp':
      return xmppDeliver(order);
  }
}

process.on('message', ({ number, order }: { number: number; order: Order }) => {
  execute(order).then(
    (result) => process.send?.({ number, result }),
    (error: Error) => process.send?.({ number, error: error.message }),
  );
});
process.on('disconnect', () => process.exit());
process.send?.({ type: 'ready' });
