import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import type { Cancel, Clock } from '../../clock.ts';
import type { I18n } from '../../i18n/i18n.ts';
import { isPaused, type PendingMessage } from '../../state/pending.ts';
import type { State } from '../../state/state.ts';
import { filesInWords } from '../attachments/file-label.ts';
import { announce, el } from '../el.ts';
import { formatSize } from '../format-size.ts';

/** An upload that is done before this is not announced: the sent message is. */
const SHORT_MS = 4_000;
/** What is announced at the same time is one announcement, or the last would replace the others. */
const BATCH_MS = 300;

type Status = 'running' | 'paused' | 'failed' | 'done';
/** `isSaid`: its beginning was announced, and so is its progress. */
type Followed = {
  conversationId: Id;
  status: Status;
  what: string;
  quarters: number;
  isSaid: boolean;
  begin?: Cancel;
};

/**
 * A polite live region for the uploads of files: their beginning, each quarter, a pause, and their end. A failure in the
 * open conversation has an alert of its own there.
 */
export function mountUploadAnnouncer(i18n: I18n, clock: Clock) {
  const { t, locale } = i18n;
  const node = el('p', { class: 'visually-hidden', role: 'status' });
  const followed = new Map<Id, Followed>();
  const batch: string[] = [];
  let speaking: Cancel | undefined;

  function say(text: string): void {
    batch.push(text);
    speaking ??= clock.after(BATCH_MS, () => {
      speaking = undefined;
      announce(node, batch.splice(0).join(' '));
    });
  }

  function follow(pending: PendingMessage): void {
    const { stored, size } = bytesOf(pending);
    const files = (pending.files ?? []).map(({ look, ...file }) => ({ ...file, ...look }));
    const one: Followed = {
      conversationId: pending.conversationId,
      status: statusOf(pending),
      what: filesInWords(i18n, files),
      quarters: quartersOf(stored, size),
      isSaid: false,
    };
    followed.set(pending.id, one);
    if (one.status !== 'running') return;
    one.begin = clock.after(SHORT_MS, () => {
      if (one.status !== 'running' || one.isSaid) return;
      one.isSaid = true;
      say(t('upload.begun', { what: one.what, size: formatSize(size, locale) }));
    });
  }

  function change(one: Followed, pending: PendingMessage, openId: Id | undefined): void {
    const { stored, size } = bytesOf(pending);
    const [before, status, quarters] = [one.status, statusOf(pending), quartersOf(stored, size)];
    const { what } = one;
    const n = Math.floor((stored / size) * 100);
    const hasAdvanced = quarters > one.quarters;
    one.status = status;
    one.quarters = quarters;
    if (status === before) {
      if (status === 'running' && one.isSaid && hasAdvanced) say(t('upload.reached', { what, n }));
    } else if (status === 'done') {
      if (one.isSaid) say(t('upload.done', { what }));
    } else if (status === 'failed') {
      if (pending.conversationId !== openId) say(t('upload.failed', { what }));
    } else {
      one.isSaid = true;
      say(t(status === 'paused' ? 'upload.paused' : 'upload.resumed', { what, n }));
    }
  }

  /** It was sent, by another tab perhaps, or the person has cancelled it. */
  function end(id: Id, one: Followed, { chats }: State): void {
    one.begin?.();
    followed.delete(id);
    const chat = chats[one.conversationId];
    const isSent = chat?.last?.id === id || chat?.messages.some((message) => message.id === id);
    if (one.status === 'done' || (isSent && !one.isSaid)) return;
    say(t(isSent ? 'upload.done' : 'upload.cancelled', { what: one.what }));
  }

  return {
    node,
    /** `openId`: the conversation that is open. */
    update(state: State, openId: Id | undefined): void {
      const uploads = state.outbox.filter(({ files }) => files && files.length > 0);
      for (const pending of uploads) {
        const one = followed.get(pending.id);
        if (one) change(one, pending, openId);
        else follow(pending);
      }
      for (const [id, one] of followed)
        if (!uploads.some((pending) => pending.id === id)) end(id, one, state);
    },
    close(): void {
      speaking?.();
      for (const { begin } of followed.values()) begin?.();
    },
  };
}

const quartersOf = (stored: number, size: number) => Math.floor((stored / size) * 4);

function bytesOf({ files = [] }: PendingMessage): { stored: number; size: number } {
  const sum = (of: (file: (typeof files)[number]) => number) =>
    files.reduce((all, file) => all + of(file), 0);
  return {
    stored: sum(({ stored }) => stored),
    size: Math.max(
      sum(({ size }) => size),
      1,
    ),
  };
}

function statusOf(pending: PendingMessage): Status {
  const { stored, size } = bytesOf(pending);
  if (pending.status === 'failed') return 'failed';
  if (stored >= size) return 'done';
  return isPaused(pending) ? 'paused' : 'running';
}
