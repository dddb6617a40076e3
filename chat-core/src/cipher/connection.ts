import type { OnReadOpts } from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';

/** A request of HTTP/1.1 and what becomes of it. */
export type Exchange = {
  /** Request line and headers with the empty line after them. */
  head: string;
  body: string | readonly Uint8Array[] | undefined;
  maxAnswerBytes: number;
  resolve(answer: { status: number; body: Buffer }): void;
  reject(error: Error): void;
};

/** cipher-service closes idle connections after 95 s: they end before. */
const IDLE_MS = 90_000;
const READ_BYTES = 64 * 1024;
const MAX_HEAD_BYTES = 4096;
const END_OF_HEAD = '\r\n\r\n';

/**
 * A keep-alive connection to cipher-service, for one exchange at a time. It reads into one buffer and copies an answer
 * once; node:https copies each byte three times in each direction. Copies are garbage outside of V8's heap, and every 15 MB
 * of it start a full collection, which took more time than sealing and copying files.
 */
export class Connection {
  /** The exchange that runs now. */
  exchange: Exchange | undefined;
  private readonly socket: TLSSocket;
  private readonly onIdle: () => void;
  private readonly onClose: () => void;
  private isWritten = false;
  private isClosed = false;
  private receivedHead = '';
  private answer: { status: number; body: Buffer; isLast: boolean } | undefined;
  private received = 0;

  /** `onIdle` is called when it is free for the next exchange, `onClose` once. */
  constructor(options: ConnectionOptions, { onIdle, onClose }: { onIdle: () => void; onClose: () => void }) {
    this.onIdle = onIdle;
    this.onClose = onClose;
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
    const onread: OnReadOpts = {
      buffer,
      callback: (length) => {
        this.receive(buffer.subarray(0, length));
        return true;
      },
    };
    const withBuffer: ConnectionOptions & { onread: OnReadOpts } = { ...options, onread };
    this.socket = connect(withBuffer)
      .setNoDelay(true)
      .on('error', (error) => this.close(error));
    for (const event of ['end', 'timeout', 'close']) this.socket.on(event, () => this.close());
  }

  /** Starts an exchange on an idle connection. */
  start(exchange: Exchange): void {
    this.exchange = exchange;
    this.isWritten = false;
    this.receivedHead = '';
    this.answer = undefined;
    this.received = 0;
    this.socket.ref().setTimeout(0);
    const { head, body = '' } = exchange;
    if (typeof body === 'string') this.write([head + body]);
    else this.write([head, ...body]);
  }

  /** Closes the connection; the exchange on it fails. */
  close(error = new Error('the connection to cipher-service has closed')): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.socket.destroy();
    this.exchange?.reject(error);
    this.exchange = undefined;
    this.onClose();
  }

  /** Writes pieces one after the other: together they would be copied into one. */
  private write([first, ...rest]: (string | Uint8Array)[]): void {
    if (first === undefined) {
      this.isWritten = true;
      this.endExchange();
      return;
    }
    this.socket.write(first, (error) => {
      if (!error) this.write(rest);
    });
  }

  private receive(bytes: Buffer): void {
    if (!this.exchange) this.close();
    const rest = this.answer ? bytes : this.receiveHead(bytes);
    if (!this.exchange || !this.answer || !rest) return;
    const { body } = this.answer;
    rest.copy(body, this.received);
    this.received += rest.length;
    if (this.received > body.length) this.close(new Error('the answer is too long'));
    else this.endExchange();
  }

  /** @returns the bytes after the head, once it is whole */
  private receiveHead(bytes: Buffer): Buffer | undefined {
    const before = this.receivedHead.length;
    this.receivedHead += bytes.toString('latin1', 0, MAX_HEAD_BYTES);
    const end = this.receivedHead.indexOf(END_OF_HEAD);
    if (end < 0) {
      if (this.receivedHead.length >= MAX_HEAD_BYTES) this.close(new Error('the answer has a long head'));
      return undefined;
    }
    const head = this.receivedHead.slice(0, end);
    const status = /^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1];
    const length = /\r\nContent-Length: (\d{1,9})(?:\r\n|$)/i.exec(head)?.[1];
    if (!status || !length || Number(length) > (this.exchange?.maxAnswerBytes ?? 0)) {
      this.close(new Error('the answer has another form'));
      return undefined;
    }
    const isLast = /\r\nConnection: close(?:\r\n|$)/i.test(head);
    this.answer = { status: Number(status), body: Buffer.allocUnsafe(Number(length)), isLast };
    return bytes.subarray(end + END_OF_HEAD.length - before);
  }

  /** Ends the exchange if its answer is whole. A refusal that ends the connection may come before all is written. */
  private endExchange(): void {
    const { exchange, answer } = this;
    if (!exchange || !answer || this.received < answer.body.length) return;
    if (!this.isWritten && !answer.isLast) return;
    this.exchange = undefined;
    exchange.resolve(answer);
    if (answer.isLast) {
      this.close();
      return;
    }
    this.socket.unref().setTimeout(IDLE_MS);
    this.onIdle();
  }
}
