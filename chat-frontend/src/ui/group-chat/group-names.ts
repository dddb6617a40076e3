import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import type { I18n } from '../../i18n/i18n.ts';
import type { Chat } from '../../state/chat.ts';
import { nameById, typingIn } from '../../state/selectors.ts';
import type { State } from '../../state/state.ts';

/** Names in a list; more are counted. */
const MAX_NAMES = 5;
const APPS = { whatsapp: 'WhatsApp', telegram: 'Telegram' };
/** People who type are named up to this many. */
const MAX_TYPING = 2;

/** The usernames of former members, as the loaded messages of a group have them. */
const formerNames = new WeakMap<Chat, Map<Id, string>>();

function formerNamesOf(chat: Chat): Map<Id, string> {
  const known = formerNames.get(chat);
  if (known) return known;
  const { messages, jumpWindow, others, last } = chat;
  const all = [
    ...messages,
    ...(jumpWindow?.messages ?? []),
    ...Object.values(others),
    ...(last ? [last] : []),
  ];
  const names = new Map(all.flatMap(({ former = [] }) => former.map((one) => [one.id, one.username])));
  formerNames.set(chat, names);
  return names;
}

/**
 * The name of a person in a group. Former members whom this browser does not know have the name that their messages
 * carry; where nothing is known, that they were a member.
 */
export function memberName({ t }: I18n, state: State, conversationId: Id, userId: Id): string {
  const chat = state.chats[conversationId];
  const [, person, name] = userId.split('~');
  if (name !== undefined) return nameById(state, person ?? '') || name;
  return nameById(state, userId) || (chat && formerNamesOf(chat).get(userId)) || t('group.former');
}

/** Names as a list: “Budi, Citra, and 3 others”. */
export function listNames({ locale, t }: I18n, names: readonly string[]): string {
  const rest = names.length - MAX_NAMES;
  const shown = rest > 0 ? [...names.slice(0, MAX_NAMES), t('group.others', { n: rest })] : names;
  return new Intl.ListFormat(locale).format(shown);
}

/** Who types in a group; empty while no one does. */
export function whoTypes(i18n: I18n, state: State, conversationId: Id, typing: readonly Id[]): string {
  const n = typing.length;
  if (n === 0) return '';
  const names = typing.map((userId) => memberName(i18n, state, conversationId, userId));
  return n > MAX_TYPING
    ? i18n.t('group.manyTyping', { n })
    : i18n.t(n > 1 ? 'group.twoTyping' : 'group.oneTyping', { names: listNames(i18n, names) });
}

/** The line below a group's name: who types, else how many members there are and, for admins, how many ask to join. */
export function groupStatus(i18n: I18n, state: State, chat: Chat): string {
  const typing = whoTypes(i18n, state, chat.id, typingIn(state, chat));
  if (typing || !chat.group) return typing;
  const { archive } = chat.group;
  if (archive) return i18n.t('archive.status', { app: APPS[archive.source] });
  const waiting = chat.group.requests?.length ?? 0;
  const members = i18n.t('group.members', { n: chat.members.length });
  return waiting > 0 ? `${members} · ${i18n.t('group.waiting', { n: waiting })}` : members;
}

/** In place of the composer in an archive, and where only admins may write. */
export const postClosed = ({ t }: I18n, { group }: Chat): string =>
  t(group?.archive ? 'archive.closed' : 'group.postClosed');
