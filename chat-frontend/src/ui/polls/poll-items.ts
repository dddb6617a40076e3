import type { Id, Message } from '../../../../chat-core/src/wire/wire.ts';
import { readAnswer } from '../../api/http.ts';
import type { Chat } from '../../state/chat.ts';
import type { Bubble } from '../../state/selectors.ts';
import { confirmAndRun } from '../confirm-and-run.ts';
import type { MenuItem } from '../menus/menu.ts';
import type { Ui } from '../ui.ts';
import { isClosed } from './vote.ts';

/** A message, and the conversation that it is in. */
type Context = { ui: Ui; bubble: Bubble; chat: Chat | undefined; conversationId: Id };
type Item = MenuItem & { name: string };

/** Who voted, and for what. */
export function whoVotedItem({ ui, bubble, conversationId }: Context): Item | undefined {
  const { poll, seq = 0 } = bubble;
  if (!poll || poll.voters === 0) return undefined;
  const run = () =>
    void import('./polls.lazy.ts').then(
      ({ showWhoVoted }) => showWhoVoted(ui, { conversationId, seq }),
      () => ui.notify(ui.i18n.t('lazy.failed')),
    );
  return { name: 'who-voted', icon: 'poll', label: ui.i18n.t('poll.who'), run };
}

/** Closes a poll before its time, for its author and for the owner and the admins of the group. */
export function closePollItem({ ui, bubble, chat, conversationId }: Context): Item | undefined {
  const { t } = ui.i18n;
  const { poll, seq = 0, own } = bubble;
  if (!poll || isClosed(poll, ui.now())) return undefined;
  const me = ui.state().me?.id;
  const role = chat?.group?.members.find(({ id }) => id === me)?.role ?? 'member';
  if (!own && role === 'member') return undefined;
  const question = { title: t('poll.closeSure'), lead: t('poll.closeLead'), yes: t('poll.close') };
  const close = async () => {
    const path = `/conversations/${conversationId}/messages/${seq}/close`;
    ui.actions.changed(await readAnswer<Message>(await ui.http.request('PUT', path)));
  };
  const run = () => void confirmAndRun(ui, question, close, t('poll.closeDone'));
  return { name: 'close-poll', icon: 'lock', label: t('poll.close'), run };
}
