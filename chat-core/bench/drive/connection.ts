import { connect, type Socket } from 'node:net';

const NOTHING = Buffer.alloc(0);
const READ_BYTES = 16 * 1024;
export const CONNECTION_BATCH = 50;
export const BATCH_PAUSE_MS = 20;

/** A keep-alive HTTP connection for one request at a time. */
export type Connection = {
  /** Opens the connection before the first request. */
  open(): void;
  /** `done` gets status 0 when the connection ended without a response; the next request opens it again. */
  ask(request: Buffer, done: OnResponse): void;
  isFree(): boolean;
  close(): void;
};

/**
 * A bare socket to 127.0.0.1: requests are prepared bytes and responses are parsed in place, so that the driver costs less
 * than what it measures.
 */
export function openConnection(port: number): Connection {
  let socket: Socket | undefined;
  let waiting: OnResponse | undefined;

  const answer: OnResponse = (status, body, head) => {
    const done = waiting;
    waiting = undefined;
    if (status >= 400 && headerOf(head, 'connection')?.toLowerCase() === 'close') drop();
    done?.(status, body, head);
  };
  const drop = () => {
    const dropped = socket;
    socket = undefined;
    dropped?.destroy();
  };
  const open = (): Socket => {
    const read = responseParser(answer);
    const opened = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: {
        buffer: Buffer.allocUnsafeSlow(READ_BYTES),
        callback: (length, buffer) => {
          read((buffer as Buffer).subarray(0, length));
          return true;
        },
      },
    });
    opened.on('error', () => opened.destroy());
    opened.on('end', () => opened.destroy());
    opened.on('close', () => {
      if (opened !== socket) return;
      socket = undefined;
      answer(0, NOTHING, NOTHING);
    });
    return opened;
  };
  return {
    open: () => {
      socket ??= open();
    },
    ask: (request, done) => {
      if (waiting) throw new Error('one request at a time');
      waiting = done;
      socket ??= open();
      socket.write(request);
    },
    isFree: () => waiting === undefined,
    close: () => {
      waiting = undefined;
      drop();
    },
  };
}

/** The response as strings. @throws Error when the connection ends without one */
export function askOnce(
  connection: Connection,
  request: Buffer,
): Promise<{ status: number; text: string; head: string }> {
  return new Promise((done, fail) => {
    connection.ask(request, (status, body, head) => {
      if (status === 0) fail(new Error('the connection ended without an answer'));
      else done({ status, text: body.toString(), head: head.toString('latin1') });
    });
  });
}

/** Opens connections in batches: the listen queue is short, and a connection that finds it full retries after a second. */
export async function openConnections(port: number, count: number): Promise<Connection[]> {
  const connections: Connection[] = [];
  while (connections.length < count) {
    const connection = openConnection(port);
    connection.open();
    connections.push(connection);
    if (connections.length % CONNECTION_BATCH === 0) {
      await new Promise((done) => setTimeout(done, BATCH_PAUSE_MS));
    }
  }
  return connections;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const ZERO = 48;

/** Gets one HTTP response. `head` and `body` are in memory that is reused: read them before returning. */
export type OnResponse = (status: number, body: Buffer, head: Buffer) => void;

/**
 * Parses HTTP/1.1 responses from the bytes of one connection and passes each to `onResponse`. It supports Content-Length
 * only, which is what the measured servers send. @throws Error for a chunked response
 */
export function responseParser(onResponse: OnResponse): (chunk: Buffer) => void {
  let [chunks, size, needed]: [Buffer[], number, number] = [[], 0, 0];
  return (chunk) => {
    // Joined once, when it is whole: the memory of a chunk is used again, and a page of history comes in fifty.
    if (size + chunk.length < needed) {
      chunks.push(Buffer.from(chunk));
      size += chunk.length;
      return;
    }
    const bytes = size > 0 ? Buffer.concat([...chunks, chunk]) : chunk;
    let offset = 0;
    needed = 0;
    while (offset < bytes.length) {
      const end = bytes.indexOf(HEAD_END, offset);
      if (end < 0) break;
      const status = statusAt(bytes, offset);
      const from = end + HEAD_END.length;
      const head = bytes.subarray(offset, end + 2);
      const to = from + (status === 204 || status === 304 ? 0 : lengthIn(head));
      if (bytes.length < to) {
        needed = to - offset;
        break;
      }
      onResponse(status, from === to ? NOTHING : bytes.subarray(from, to), head);
      offset = to;
    }
    size = bytes.length - offset;
    chunks = size > 0 ? [Buffer.from(bytes.subarray(offset))] : [];
  };
}

/** The value of a header, undefined without it. */
export function headerOf(head: Buffer, name: string): string | undefined {
  return new RegExp(`\r\n${name}: *([^\r]*)\r\n`, 'i').exec(head.toString('latin1'))?.[1];
}

/** `HTTP/1.1 204 No Content`: three digits after the ninth byte. */
function statusAt(bytes: Buffer, offset: number): number {
  const digit = (index: number) => (bytes[offset + index] ?? ZERO) - ZERO;
  return digit(9) * 100 + digit(10) * 10 + digit(11);
}

function lengthIn(head: Buffer): number {
  const length = headerOf(head, 'content-length');
  if (length === undefined) throw new Error(`an answer without a length: ${head.toString('latin1', 0, 200)}`);
  return Number(length);
}
