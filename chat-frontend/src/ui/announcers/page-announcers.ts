import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import type { State } from '../../state/state.ts';
import { unreadElsewhere } from '../../state/unread-elsewhere.ts';
import type { Ui } from '../ui.ts';
import { mountUnreadAnnouncer } from './unread-announcer.ts';
import { mountUploadAnnouncer } from './upload-announcer.ts';

/** The live regions of the whole page, whatever screen is open. */
export function mountPageAnnouncers({ i18n, clock, now }: Ui) {
  const unread = mountUnreadAnnouncer(i18n, clock);
  const uploads = mountUploadAnnouncer(i18n, clock);
  return {
    nodes: [unread.node, uploads.node],
    /** `openId`: the conversation that is open. */
    update(state: State, openId: Id | undefined): void {
      unread.update(unreadElsewhere(state, now(), openId), state.live);
      uploads.update(state, openId);
    },
    close(): void {
      unread.close();
      uploads.close();
    },
  };
}
