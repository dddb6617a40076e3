import type { KeyObject } from 'node:crypto';
import { exportRoutes } from './account-export/routes.ts';
import { downloadRoutes } from './attachments/download-routes.ts';
import { attachmentRoutes } from './attachments/routes.ts';
import { sweepUploads } from './attachments/sweep.ts';
import { createTransfers } from './attachments/transfers.ts';
import { Uploads } from './attachments/uploads.ts';
import { chatRoutes } from './chats/routes.ts';
import type { Cipher } from './cipher/cipher.ts';
import { expiryRoutes } from './expiry/routes.ts';
import { ExpirySweep } from './expiry/sweep.ts';
import type { Groups } from './groups/group-info.ts';
import type { RateLimiter } from './http/limiter.ts';
import type { PageBudgetOf, ReadSlots } from './http/load-shedding/read-slots.ts';
import type { Route } from './http/route.ts';
import { importRoutes } from './imports/routes.ts';
import type { Log } from './log.ts';
import { forwardRoutes } from './messages/forwarding/routes.ts';
import { pinRoutes } from './messages/pin-routes.ts';
import { messageRoutes } from './messages/routes.ts';
import { scheduledRoutes } from './messages/scheduled/routes.ts';
import { sendDueMessages } from './messages/scheduled/send-due.ts';
import type { SendDeps } from './messages/send.ts';
import { pollRoutes } from './polls/routes.ts';
import { reactionRoutes } from './reactions/routes.ts';
import type { RecentTexts } from './search/recent-texts.ts';
import { searchRoutes } from './search/routes.ts';
import type { LiveSettings } from './settings.ts';
import type { Store } from './storage/store.ts';

export type MessagingDeps = {
  store: Store;
  cipher: Cipher;
  /** Without the cache of plaintexts: a search or an export must not drive out what people read. */
  uncachedCipher: Cipher;
  /** Keeps the texts that searches open for a while; without it they keep none. */
  searchTexts: RecentTexts | undefined;
  groups: Groups;
  box: LiveSettings;
  limits: RateLimiter;
  readSlots: ReadSlots;
  pageBudgetOf: PageBudgetOf;
  onStored: NonNullable<SendDeps['onStored']>;
  /** Signs the addresses of files; another origin may show them where the page has one. */
  addressKey: KeyObject;
  isCrossOrigin: boolean;
  log: Log;
};

/** Everything that is done with messages and their files: its routes, and its work in the background. */
export function createMessaging(deps: MessagingDeps): {
  routes: Route[];
  /** Empties expired messages; it is not started. */
  expirySweep: ExpirySweep;
  close: () => void;
} {
  const { store, groups, box, limits, readSlots, pageBudgetOf, searchTexts: texts, log } = deps;
  const cipher = texts?.forgetWith(deps.cipher) ?? deps.cipher;
  const stopForgetting = texts && store.onCommit((commit) => texts.forgetElsewhere(commit));
  const transfers = createTransfers();
  const uploads = new Uploads({ store, cipher, quotas: box.fileQuotas });
  const endSweeps = sweepUploads(uploads, log);
  const expirySweep = new ExpirySweep({ store, cipher, uploads, box, log });
  const sending = { store, cipher, uploads, onStored: deps.onStored, readSlots, pageBudgetOf };
  const scheduled = sendDueMessages({ ...sending, log });
  return {
    routes: [
      ...messageRoutes({ ...sending, box }),
      ...pinRoutes(store),
      ...scheduledRoutes({ store, cipher }),
      ...forwardRoutes({ ...sending, transfers, limits }),
      ...chatRoutes({ store, cipher, readSlots, pageBudgetOf }),
      ...reactionRoutes(sending),
      ...pollRoutes(sending),
      ...attachmentRoutes({ uploads, transfers }),
      ...downloadRoutes({
        store,
        cipher,
        transfers,
        isCrossOrigin: deps.isCrossOrigin,
        addressKey: deps.addressKey,
        quotas: box.fileQuotas,
        readSlots,
        pageBudgetOf,
        limits,
      }),
      ...searchRoutes({ store, cipher: deps.uncachedCipher, texts }),
      ...exportRoutes({ store, cipher: deps.uncachedCipher, transfers, limits, addressKey: deps.addressKey }),
      ...importRoutes({ store, cipher, groups, uploads }, limits),
      ...expiryRoutes({ store }),
    ],
    expirySweep,
    close: () => {
      endSweeps();
      stopForgetting?.();
      texts?.close();
      scheduled.close();
      expirySweep.close();
    },
  };
}
