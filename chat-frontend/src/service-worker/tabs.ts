import type { Id } from '../../../chat-core/src/wire/wire.ts';
import type { Scope, Tab } from './scope.ts';

/** What the worker asks of a tab, and tells it. */
export type Note = { type: 'where' } | { type: 'open'; conversationId: Id | undefined };
/** Where a tab is: the conversation it shows. */
export type Where = { conversationId?: Id };

/** A tab that the browser has put to sleep does not answer. */
const TIMEOUT_MS = 1_000;

/** The open tabs of the page, and the conversation that each shows. */
export async function tabsOf({ clients }: Pick<Scope, 'clients'>): Promise<(Where & { tab: Tab })[]> {
  const tabs = await clients.matchAll({ type: 'window', includeUncontrolled: true });
  return Promise.all(tabs.map(async (tab) => ({ tab, ...(await ask(tab)) })));
}

function ask(tab: Tab): Promise<Where> {
  return new Promise((done) => {
    const { port1, port2 } = new MessageChannel();
    const timer = setTimeout(() => done({}), TIMEOUT_MS);
    port1.onmessage = ({ data }: MessageEvent<Where>) => {
      clearTimeout(timer);
      port1.close();
      done(data);
    };
    tab.postMessage({ type: 'where' } satisfies Note, [port2]);
  });
}
