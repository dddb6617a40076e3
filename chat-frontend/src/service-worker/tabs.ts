import type { Id } from '../../../chat-core/src/wire/wire.ts';
import type { Scope, Tab } from './scope.ts';

/** A message of the worker to a tab: `where` asks for its `TabLocation`. */
export type WorkerMessage = { type: 'where' } | { type: 'open'; conversationId: Id | undefined };
/** The conversation that a tab shows. */
export type TabLocation = { conversationId?: Id };

/** A suspended tab does not answer. */
const TIMEOUT_MS = 1_000;
/** A tab that is still loading answers none of the questions from before it listens. */
const REPEAT_MS = 200;

/** The open tabs of the page, and the conversation that each shows. */
export async function tabsOf({ clients }: Pick<Scope, 'clients'>): Promise<(TabLocation & { tab: Tab })[]> {
  const tabs = await clients.matchAll({ type: 'window', includeUncontrolled: true });
  return Promise.all(tabs.map(async (tab) => ({ tab, ...(await locate(tab)) })));
}

function locate(tab: Tab): Promise<TabLocation> {
  return new Promise((resolve) => {
    const ports: MessagePort[] = [];
    const done = (location: TabLocation) => {
      clearTimeout(timeout);
      clearInterval(repeat);
      for (const port of ports) port.close();
      resolve(location);
    };
    const ask = () => {
      const { port1, port2 } = new MessageChannel();
      ports.push(port1);
      port1.onmessage = ({ data }: MessageEvent<TabLocation>) => done(data);
      tab.postMessage({ type: 'where' } satisfies WorkerMessage, [port2]);
    };
    const timeout = setTimeout(() => done({}), TIMEOUT_MS);
    const repeat = setInterval(ask, REPEAT_MS);
    ask();
  });
}
