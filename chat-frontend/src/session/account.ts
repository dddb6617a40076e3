import type { Delta, Id } from '../../../chat-core/src/wire/wire.ts';
import type { Api } from '../api/api.ts';
import type { ApiErrorCode } from '../api/api-error.ts';
import { type Clock, stopwatch, wallClock } from '../clock.ts';
import { createDiagnosis } from '../connection/diagnose.ts';
import type { KeyValueStore } from '../key-value-store.ts';
import { createKeeping } from '../local-db/account-storage.ts';
import { createDeeds } from '../outbox/message-actions.ts';
import { joinOutgoing } from '../outbox/send-scheduler.ts';
import { createSending } from '../outbox/sending.ts';
import type { ConnectionStatus } from '../state/connection-status.ts';
import type { Draft } from '../state/draft.ts';
import type { Store } from '../state/store.ts';
import { watchPresence } from '../sync/activity.ts';
import { createHistory } from '../sync/history.ts';
import { createPictures } from '../sync/pictures.ts';
import { createSync } from '../sync/sync.ts';
import { watchSilence } from '../sync/typing.ts';
import { lazyProbe } from '../ui/lazy.ts';
import { openSeat } from './leader.ts';
import type { Session, Sessions } from './session.ts';
import { type Note, openTabs } from './tabs.ts';
import { keepRenewed } from './token-refresh.ts';

type Deps = {
  api: Api;
  store: Store;
  keyValueStore: KeyValueStore;
  /** The clock of the box. */
  clock: Clock;
  session: Sessions;
  /** Something that was decided a while ago did not succeed. */
  onFailure: (code: ApiErrorCode) => void;
  /** Something that is not in the state has changed: a person's picture has come, or they have come back to the page. */
  redraw: () => void;
};
export type Account = ReturnType<typeof openAccount>;

/** Everything that lives as long as one person is signed in: the poll, the outbox, what this browser keeps. */
export function openAccount({ id, username }: Session, deps: Deps) {
  const { api, keyValueStore, clock, session } = deps;
  const closing = new AbortController();
  let [seated, begun] = [false, false];

  const tabs = openTabs(id, clock, hearNote, () => begun && sit(true));

  function hearNote(note: Note): void {
    if (note.type === 'link') store.dispatch({ type: 'connection', status: note.link, at: clock.now() });
    else if (note.type === 'sent') store.dispatch({ type: 'sent', message: note.message });
    else if (note.type === 'delta') follow(note.delta, note.from);
    else {
      keeping.follow(note);
      if (note.type === 'unsent') outbox.changedElsewhere();
    }
  }
  const cursor = () => sync.cursor();
  const keeping = createKeeping(id, { ...deps, tabs, cursor, leads: () => seated });
  const { store, unsent } = keeping;

  const sync = createSync({
    poll: api.sync,
    clock,
    activity: () => presence.activity(),
    online: () => navigator.onLine,
    onDelta(delta, from) {
      take(delta);
      outbox.arrived((delta.messages ?? []).map((message) => message.id));
      if (seated) tabs.delta(delta, from);
    },
    onNothing: () => store.dispatch({ type: 'up-to-date' }),
    onLink: (link) => void hear(link),
  });

  const { hostname } = new URL(__API_BASE__, location.href);
  const hear = createDiagnosis(probe, linkTo);

  /** Fetched with the first rest of the page: without it nothing more is known than that the box does not answer. */
  async function probe(): Promise<ConnectionStatus> {
    const part = await lazyProbe.load().catch(() => undefined);
    return part ? part.createProbe({ base: __API_BASE__, host: hostname })() : 'unreachable';
  }

  function linkTo(link: ConnectionStatus): void {
    const before = store.get().connection;
    if (closing.signal.aborted) return;
    store.dispatch({ type: 'connection', status: link, at: clock.now() });
    if (seated && link !== before) tabs.link(link);
    if (link !== 'ok' || before === 'ok') return;
    outgoing.hurry();
    history.askAgain();
    pictures.askAgain();
  }

  const outbox = createSending(id, { api, clock, keeping, tabs });
  const history = createHistory(id, api, store, keeping.stretch, clock);
  const pictures = createPictures(
    (userId, pictureId) => keeping.picture(pictureId, () => api.picture(userId)),
    clock,
    deps.redraw,
  );
  const { finish, changes, ...deeds } = createDeeds(id, { ...deps, store });
  const outgoing = joinOutgoing({ outbox, changes, unsent, clock });
  const renewal = keepRenewed(api, session, () => seated);
  const silence = watchSilence(stopwatch, () => {
    store.dispatch({ type: 'time', at: stopwatch.now() });
    silence.watch(store.get().typing);
  });

  function take(delta: Delta): void {
    store.dispatch({ type: 'delta', delta, at: stopwatch.now() });
    silence.watch(store.get().typing);
  }

  /** A delta that does not begin where this tab stands leaves a hole, which its own poll fills. */
  function follow(delta: Delta, from: string | null): void {
    if (!begun) return;
    if (seated) sync.missed();
    else if (from === sync.cursor()) {
      take(delta);
      sync.moveTo(delta.cursor);
    } else void sync.now();
  }

  function sit(value: boolean): void {
    seated = value;
    sync.lead(value);
    outgoing.sit(value);
    keeping.schedule();
    renewal.check();
  }

  function goOn(from: string | null): void {
    if (signal.aborted) return;
    if (from !== null && sync.cursor() === null) sync.resume(from);
    outbox.changedElsewhere();
  }

  /** The poll goes on from where what is kept ends. */
  async function begin(): Promise<void> {
    const from = await keeping.begin(goOn);
    if (signal.aborted) return;
    begun = true;
    goOn(from);
    if (tabs.isDeaf()) sit(true);
    if (document.visibilityState !== 'visible') void sync.now();
    presence.begin();
  }

  // Where no tab hears another, each polls and sends for itself.
  const seat = openSeat(keyValueStore, wallClock, (value) => {
    sit(value || tabs.isDeaf());
    if (!seated) sync.catchUp();
  });

  const presence = watchPresence(stopwatch, {
    onLook() {
      deps.redraw();
      // A tab that slept may not have heard what others wrote.
      readDrafts();
      if (!seated) return seat.claim();
      void sync.now();
      outgoing.hurry();
    },
    onHide() {
      keeping.flush();
      seat.wait();
      // The box holds no poll for a page that nobody sees.
      if (seated) void sync.now();
    },
    onLeave() {
      void finish();
      keeping.flush();
      seat.leave();
      sit(false);
    },
  });

  function readDrafts(): void {
    store.dispatch({ type: 'drafts', drafts: keeping.drafts() });
  }

  function onStorage({ key }: StorageEvent): void {
    outgoing.heard(key);
    if (keeping.isDraftKey(key)) readDrafts();
    seat.heard(key);
  }

  const { signal } = closing;
  // A poll that was held through a change of network may wait at a connection that is dead.
  for (const change of ['online', 'offline']) {
    window.addEventListener(change, () => seated && sync.fresh(), { signal });
  }
  window.addEventListener('storage', onStorage, { signal });

  store.dispatch({ type: 'signed-in', me: { id, username }, drafts: keeping.drafts() });
  outgoing.tell();
  const opening = begin();

  return {
    ...history,
    ...deeds,
    send: outbox.add,
    retry: outbox.retry,
    remove: outbox.remove,
    unsent: () => outgoing.count(),
    poll: () => opening.then(sync.fresh),
    keepDraft(conversationId: Id, draft: Draft): void {
      keeping.keepDraft(conversationId, draft);
      store.dispatch({ type: 'draft', conversationId, draft });
    },
    picture: pictures.of,
    leads: () => seated,
    activity: presence.activity,
    /** Not before it is known that this browser keeps no chats. */
    keepsChats: () => !begun || keeping.isKept(),
    quietly: sync.quietly,
    finish,
    wipe: keeping.wipe,
    close(): void {
      void finish();
      presence.end();
      closing.abort();
      silence.close();
      renewal.close();
      seat.leave();
      outgoing.close();
      sync.stop();
      keeping.close();
      tabs.close();
      store.dispatch({ type: 'signed-out' });
    },
  };
}
