import { Agent, request } from 'node:http';

/** A person who may write to a conversation. */
export type Sender = { id: string; token: string; conversationId: string };

const agent = new Agent({ keepAlive: true, maxSockets: 256 });

/** One request on a keep-alive connection: its status and milliseconds. */
export function ask(
  url: string,
  path: string,
  token: string,
  body?: object,
): Promise<{ status: number; ms: number; text: string }> {
  const started = performance.now();
  const content = body && JSON.stringify(body);
  const { hostname, port } = new URL(url);
  return new Promise((done, fail) => {
    const sent = request(
      {
        agent,
        hostname,
        port,
        path,
        method: content === undefined ? 'GET' : 'POST',
        headers: {
          Authorization: `Bearer ${token}`,
          ...(content !== undefined && {
            'Content-Type': 'application/json',
            'Content-Length': Buffer.byteLength(content),
          }),
        },
      },
      async (answer) => {
        let text = '';
        for await (const chunk of answer) text += chunk;
        done({ status: answer.statusCode ?? 0, ms: performance.now() - started, text });
      },
    );
    sent.on('error', fail);
    sent.end(content);
  });
}

/** Closes the connections that are kept open. */
export const closeConnections = (): void => agent.destroy();
