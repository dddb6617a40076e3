import type { Id, Message } from '../../../../chat-core/src/wire/wire.ts';
import { createFileApi } from '../../api/files.ts';
import { type FileInfo, isVisual } from '../../state/file-kind.ts';
import { bubblesOf, filesOf, nameById } from '../../state/selectors.ts';
import type { Ui } from '../ui.ts';
import type { Gallery, ViewerItem } from './viewer.ts';

type Author = { senderId: Id; at: number; seq: number | undefined };

/** The pictures and videos of a message as the viewer shows them. */
export function viewerItems(ui: Ui, author: Author, files: readonly FileInfo[]): ViewerItem[] {
  const { i18n, now, state } = ui;
  const { senderId, at, seq } = author;
  const who = senderId === state().me?.id ? i18n.t('bubble.you') : nameById(state(), senderId);
  return files.filter(isVisual).map((file) => ({ file, seq, who, when: i18n.moment(at, now()) }));
}

export const messageItems = (
  ui: Ui,
  { senderId, timestamp: at, seq, attachments = [] }: Message,
): ViewerItem[] => viewerItems(ui, { senderId, at, seq }, attachments);

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
        viewerItems(ui, { senderId, at, seq }, filesOf(bubble)),
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
