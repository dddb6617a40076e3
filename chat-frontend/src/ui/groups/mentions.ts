import type { GroupMember, Id } from '../../../../chat-core/src/wire/wire.ts';
import { fold } from '../../state/chat-rows.ts';
import { isBlocked, nameOf } from '../../state/selectors.ts';
import { bdi, el, setText } from '../el.ts';
import { avatar, updateAvatar } from '../person.ts';
import type { Ui } from '../ui.ts';

/** Members offered at once. */
const MAX_OFFERED = 8;
/** The beginning of a mention before the caret: @ at the start of a word. */
const BEGUN = /(^|[\s(])@([^\s@]{0,64})$/u;

/** The text after the @ that is being written at the caret; undefined where none is. */
export function mentionAt(text: string, caret: number): string | undefined {
  return BEGUN.exec(text.slice(0, caret))?.[2];
}

/** The members whose username, or a word of whose name, begins with a text; those that begin with it first. */
export function matching(members: readonly GroupMember[], begun: string): GroupMember[] {
  const wanted = fold(begun);
  const rank = (member: GroupMember) => {
    const [username, name] = [fold(member.username), fold(member.displayName ?? '')];
    if (username.startsWith(wanted) || name.startsWith(wanted)) return 0;
    return [...name.split(/\s+/), ...username.split(/[._-]/)].some((word) => word.startsWith(wanted)) ? 1 : 2;
  };
  return members
    .filter((member) => rank(member) < 2)
    .sort((a, b) => rank(a) - rank(b) || nameOf(a).localeCompare(nameOf(b)))
    .slice(0, MAX_OFFERED);
}

/** A text with the begun mention at the caret replaced by a username and a space, and the caret behind it. */
export function withMention(text: string, caret: number, username: string): { text: string; caret: number } {
  const begun = mentionAt(text, caret) ?? '';
  const before = `${text.slice(0, caret - begun.length)}${username} `;
  return { text: before + text.slice(caret).replace(/^ /, ''), caret: before.length };
}

let count = 0;

/**
 * Offers the members of a group while an @ is being written in an input: ↑ and ↓ move, Enter and Tab insert, Esc closes.
 * The focus stays in the input.
 */
export function mountMentions(ui: Ui, conversationId: Id, input: HTMLTextAreaElement): void {
  const { i18n, actions, state } = ui;
  const { t } = i18n;
  const id = `mentions-${++count}`;
  const list = el('ul', {
    id,
    class: 'mentions',
    role: 'listbox',
    'aria-label': t('mention.list'),
    hidden: true,
  });
  const status = el('p', { class: 'visually-hidden', role: 'status' });
  let offered: GroupMember[] = [];
  let active = 0;
  /** The text of the mention for which Esc closed the list. */
  let dismissed: string | undefined;

  input.setAttribute('aria-autocomplete', 'list');
  input.setAttribute('aria-controls', id);
  input.parentElement?.before(list, status);

  function options(): HTMLElement[] {
    return offered.map((member, index) => {
      const picture = avatar('avatar-small');
      updateAvatar(picture, member, actions.picture(member));
      return el(
        'li',
        {
          id: `${id}-${index}`,
          class: 'mention-option',
          role: 'option',
          'aria-selected': String(index === active),
          on: {
            // A press must not take the focus from the input, which would close a phone's keyboard.
            pointerdown: (event) => event.preventDefault(),
            click: () => choose(index),
          },
        },
        picture,
        el(
          'span',
          { class: 'person-text' },
          bdi(nameOf(member), 'person-name'),
          bdi(`@${member.username}`, 'person-username'),
        ),
      );
    });
  }

  function close(): void {
    offered = [];
    show();
  }

  function show(): void {
    const nodes = options();
    list.replaceChildren(...nodes);
    list.hidden = nodes.length === 0;
    if (list.hidden) input.removeAttribute('aria-activedescendant');
    else input.setAttribute('aria-activedescendant', `${id}-${active}`);
    nodes[active]?.scrollIntoView({ block: 'nearest' });
  }

  function update(): void {
    const begun = mentionAt(input.value, input.selectionStart);
    const now = state();
    const members = now.chats[conversationId]?.group?.members ?? [];
    const others = members
      .filter((member) => member.id !== now.me?.id && !isBlocked(now, member.id))
      .map((member) => ({ ...member, ...now.people[member.id] }));
    if (begun !== dismissed) dismissed = undefined;
    const before = offered.map((member) => member.id).join();
    offered = begun === undefined || begun === dismissed ? [] : matching(others, begun);
    if (offered.map((member) => member.id).join() !== before) active = 0;
    setText(status, offered.length > 0 ? t('mention.count', { n: offered.length }) : '');
    show();
  }

  function choose(index: number): void {
    const member = offered[index];
    if (!member) return;
    const next = withMention(input.value, input.selectionStart, member.username);
    close();
    input.value = next.text;
    input.setSelectionRange(next.caret, next.caret);
    input.focus();
    // The composer saves the draft and fits its height.
    input.dispatchEvent(new Event('input', { bubbles: true }));
  }

  function onKey(event: KeyboardEvent): void {
    if (offered.length === 0 || event.isComposing || event.keyCode === 229) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      active = (active + step + offered.length) % offered.length;
      show();
    } else if ((event.key === 'Enter' && !event.shiftKey) || (event.key === 'Tab' && !event.shiftKey)) {
      choose(active);
    } else if (event.key === 'Escape') {
      dismissed = mentionAt(input.value, input.selectionStart);
      close();
    } else return;
    event.preventDefault();
    // The composer would send the message, edit the last one, or stop replying.
    event.stopImmediatePropagation();
  }

  input.addEventListener('keydown', onKey, { capture: true });
  input.addEventListener('input', update);
  input.addEventListener('click', update);
  input.addEventListener('blur', close);
  update();
}
