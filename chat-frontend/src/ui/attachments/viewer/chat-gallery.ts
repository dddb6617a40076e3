import type { Id, Message } from '../../../../../chat-core/src/wire/wire.ts';
import { createFileApi } from '../../../api/files.ts';
import { type FileInfo, isVisual } from '../../../state/file-kind.ts';
import { bubblesOf, filesOf, nameById } from '../../../state/selectors.ts';
import { memberName } from '../../group-chat/group-names.ts';
import type { Ui } from '../../ui.ts';
import type { Gallery, ViewerItem } from './viewer.ts';

type Author = { conversationId: Id; senderId: Id; at: number; seq: number | undefined };

/** What the sender of a message is called here, also a member who has left the group. */
export function authorName({ i18n, state }: Ui, conversationId: Id, senderId: Id): string {
  if (senderId === state().me?.id) return i18n.t('bubble.you');
  return nameById(state(), senderId) || memberName(i18n, state(), conversationId, senderId);
}

/** The pictures and videos of a message as the viewer shows them. */
export function viewerItems(ui: Ui, author: Author, files: readonly FileInfo[]): ViewerItem[] {
  const { i18n, now } = ui;
  const { conversationId, senderId, at, seq } = author;
  const who = authorName(ui, conversationId, senderId);
  return files.filter(isVisual).map((file) => ({ file, seq, who, when: i18n.moment(at, now()) }));
}

export const messageItems = (
  ui: Ui,
  { conversationId, senderId, timestamp: at, seq, attachments = [] }: Message,
): ViewerItem[] => viewerItems(ui, { conversationId, senderId, at, seq }, attachments);

/** The pictures of a conversation: those of the messages that are loaded, and before the first of them those of the server. */
export function chatGallery(ui: Ui, conversationId: Id): Gallery {
  const api = createFileApi(ui.http);
  const older: Message[] = [];
  let before: number | undefined;
  let isComplete = false;

  function loaded() {
    const chat = ui.state().chats[conversationId];
    return chat ? bubblesOf(ui.state(), chat) : [];
  }

  return {
    conversationId,
    items: () => [
      ...older.flatMap((message) => messageItems(ui, message)),
      ...loaded().flatMap(({ senderId, at, seq, ...bubble }) =>
        viewerItems(ui, { conversationId, senderId, at, seq }, filesOf(bubble)),
      ),
    ],
    async loadOlder() {
      if (isComplete) return false;
      before ??= loaded()[0]?.seq ?? 1;
      const page = await api.filesOf(conversationId, { before, kind: 'media' });
      older.unshift(...page.messages.toReversed());
      isComplete = page.before === undefined;
      before = page.before;
      return page.messages.length > 0;
    },
  };
}
