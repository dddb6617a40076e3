import { connect, type Socket } from 'node:net';
import { headerOf, openAnswers, type Take } from './answers.ts';

const NOTHING = Buffer.alloc(0);
const READ_BYTES = 16 * 1024;
export const OPENED_AT_ONCE = 50;
export const OPENING_PAUSE_MS = 20;

/** A kept HTTP connection that carries one request at a time. */
export type Connection = {
  /** Opens it already, so that the first request finds it open. */
  open(): void;
  /** `done` gets status 0 when the connection ended without an answer; the next request opens it again. */
  ask(request: Buffer, done: Take): void;
  isFree(): boolean;
  close(): void;
};

/**
 * A bare socket to 127.0.0.1: made-up requests go out, answers are read in place, so that the one who measures costs
 * less than what is measured.
 */
export function openConnection(port: number): Connection {
  let socket: Socket | undefined;
  let waiting: Take | undefined;

  const answer: Take = (status, body, head) => {
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
    const read = openAnswers(answer);
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

/** A body that may be kept, and the status. @throws Error when the connection ends without an answer */
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

/** Opened a few at a time: a listening socket's queue is short, and who finds it full waits a second for the next try. */
export async function openConnections(port: number, count: number): Promise<Connection[]> {
  const connections: Connection[] = [];
  while (connections.length < count) {
    const connection = openConnection(port);
    connection.open();
    connections.push(connection);
    if (connections.length % OPENED_AT_ONCE === 0) {
      await new Promise((done) => setTimeout(done, OPENING_PAUSE_MS));
    }
  }
  return connections;
}
