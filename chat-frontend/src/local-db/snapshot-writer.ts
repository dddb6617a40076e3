import type { Id, Message, PictureAnswer } from '../../../chat-core/src/wire/wire.ts';
import type { Cancel, Clock } from '../clock.ts';
import type { Event } from '../state/state.ts';
import type { Store } from '../state/store.ts';
import type { LocalDb } from './local-db.ts';
import { changeOf, isClean, noDirt, touch } from './pending-writes.ts';

/** What comes in one go is written in one. */
const GATHER_MS = 300;
/** Messages gathered by a tab that never hears of a writing; beyond, all there is takes the place of what is kept. */
const MAX_GATHERED = 5_000;

export type KeeperDeps = {
  store: Pick<Store, 'get'>;
  clock: Clock;
  /** The cursor of the state. */
  cursor: () => string | null;
  /** Whether this tab is the one that writes. */
  leads: () => boolean;
  /** What led to this cursor is written. */
  onKept: (cursor: string) => void;
};
/**
 * Keeps what a page opens with: each change of the state and the cursor that led to it in one transaction. Every tab
 * gathers what changed, the leading one writes it, and the others forget theirs when they hear so: whichever leads
 * next has at least what is not written yet, and writing something twice does no harm.
 */
export function createKeeper({ store, clock, cursor, leads, onKept }: KeeperDeps) {
  let archive: LocalDb | undefined;
  let dirt = noDirt();
  let resets = 0;
  let timer: Cancel | undefined;
  let ending: ((left: LocalDb) => void) | undefined;

  function schedule(): void {
    if (archive && !isClean(dirt) && leads()) timer ??= clock.after(GATHER_MS, flush);
  }

  function flush(): void {
    timer?.();
    timer = undefined;
    const at = cursor();
    if (!archive || isClean(dirt) || !leads() || at === null) return;
    const change = changeOf(store.get(), dirt, at);
    dirt = noDirt();
    archive.write(change).then((kept) => (kept ? onKept(at) : beginAnew()), giveUp);
  }

  /** Another tab has forgotten everything. */
  function beginAnew(): void {
    dirt.whole = true;
    schedule();
  }

  /** A browser without room. What is kept still fits its cursor, and is worth less than the room it takes. */
  function giveUp(): void {
    const refused = archive;
    archive = undefined;
    refused?.forget().catch(() => undefined);
  }

  /** What is opened later still ends as was said first. */
  function end(how: (left: LocalDb) => void): void {
    timer?.();
    ending ??= how;
    if (archive) how(archive);
    archive = undefined;
  }

  function note(event: Event): void {
    switch (event.type) {
      case 'delta': {
        const { reset, me, friends, gone, requests, blocked, conversations, marks, messages } = event.delta;
        if (reset) {
          dirt = { ...noDirt(), whole: true };
          resets += 1;
        }
        dirt.people ||= [me, friends, gone, requests, blocked, conversations].some((part) => part);
        for (const { id } of conversations ?? []) dirt.chats.add(id);
        for (const { conversationId } of marks ?? []) dirt.chats.add(conversationId);
        for (const message of messages ?? []) touch(dirt, message);
        break;
      }
      case 'history':
        if (!event.stored) for (const message of event.messages) touch(dirt, message);
        break;
      case 'sent':
      case 'changed':
        touch(dirt, event.message);
        break;
      case 'seen':
        dirt.chats.add(event.conversationId);
        break;
      case 'read':
        dirt.chats.add(event.answer.conversationId);
        break;
      case 'me':
        dirt.people = true;
        break;
    }
  }

  return {
    /** From now on everything is kept here; false when it is over already. */
    use(opened: LocalDb | undefined): boolean {
      if (ending && opened) ending(opened);
      else archive = opened;
      // What the box has said before that was not gathered.
      if (store.get().ready) beginAnew();
      return !ending;
    },
    isOver: () => ending !== undefined,
    /** False also after the browser has refused. */
    isKeeping: () => archive !== undefined,
    /** What was just applied to the state. */
    saw(event: Event): void {
      if (!archive) return;
      note(event);
      if (dirt.messages.size > MAX_GATHERED) dirt = { ...noDirt(), whole: true };
      schedule();
    },
    /** The tab that leads has written what led to a cursor. */
    keptElsewhere(written: string): void {
      if (written === cursor()) dirt = noDirt();
    },
    /** This tab leads now. */
    schedule,
    /** Writes what is gathered now: the page may go. */
    flush,
    /** The newest messages of a conversation that are kept, without holes; none of what a reset made void. */
    async stretch(conversationId: Id): Promise<Message[]> {
      const era = resets;
      const rows = archive && !dirt.whole ? await archive.messages(conversationId).catch(() => []) : [];
      if (era !== resets) return [];
      const told = [...dirt.messages.values()].filter((message) => message.conversationId === conversationId);
      const bySeq = new Map([...rows, ...told].map((message) => [message.seq, message]));
      const run: Message[] = [];
      let next = bySeq.get(Math.max(...bySeq.keys()));
      while (next) {
        run.unshift(next);
        next = bySeq.get(next.seq - 1);
      }
      return run;
    },
    /** A picture, and the box is asked for one that is not kept. */
    async picture(pictureId: Id, ask: () => Promise<PictureAnswer>): Promise<PictureAnswer> {
      const kept = await archive?.picture(pictureId).catch(() => undefined);
      if (kept) return kept;
      const picture = await ask();
      if (leads()) archive?.keepPicture(picture).catch(() => undefined);
      return picture;
    },
    /** The session has ended: nothing readable stays but what was never sent. */
    close: () => end((left) => void left.forget().then(left.close, left.close)),
    wipe: () => end((left) => left.wipe()),
  };
}
