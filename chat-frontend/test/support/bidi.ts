import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';

export type Params = Record<string, unknown>;
/** Sends a command of WebDriver BiDi (https://w3c.github.io/webdriver-bidi/); rejects with the error of the browser. */
export type Send = <Result = Record<string, string>>(method: string, params?: Params) => Promise<Result>;
export type Listen = (method: string, context: string, onEvent: (params: Params) => unknown) => void;

/** The address of the session of a browser that was just started; it prints its own when it can be driven. */
function addressOf(browser: ChildProcessByStdio<null, null, Readable>): Promise<string> {
  let printed = '';
  return new Promise((found, failed) => {
    browser.once('error', failed);
    browser.once('exit', () => failed(new Error(`the browser ended: ${printed}`)));
    browser.stderr.on('data', (data) => {
      printed += data;
      const [, address] = /BiDi listening on (ws:\S+)\n/.exec(printed) ?? [];
      if (address) found(`${address}/session`);
    });
  });
}

/** The connection to a browser, by which commands are sent and events of a tab (a context) are heard. */
export async function connectBiDi(browser: ChildProcessByStdio<null, null, Readable>) {
  const socket = new WebSocket(await addressOf(browser));
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const listeners: { method: string; context: string; onEvent: (params: Params) => unknown }[] = [];
  let last = 0;
  socket.addEventListener('message', ({ data }) => {
    const { id, type, method, params, result, error, message } = JSON.parse(data);
    const command = waiting.get(id);
    waiting.delete(id);
    if (type === 'error') command?.reject(new Error(`${error}: ${message}`));
    else if (type === 'success') command?.resolve(result);
    const context = params?.context ?? params?.source?.context;
    for (const one of listeners) if (one.method === method && one.context === context) one.onEvent(params);
  });
  await once(socket, 'open');
  const send: Send = (method, params = {}) => {
    last += 1;
    const answered = Promise.withResolvers<unknown>();
    waiting.set(last, answered);
    socket.send(JSON.stringify({ id: last, method, params }));
    return answered.promise as Promise<never>;
  };
  const listen: Listen = (method, context, onEvent) => listeners.push({ method, context, onEvent });
  return { send, listen, disconnect: () => socket.close() };
}
