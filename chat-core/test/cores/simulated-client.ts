import { EventEmitter } from 'node:events';
import type { ClientConfig } from 'pg';
import type { Random } from '../crash/random.ts';
import type { Answer, Session, SimulatedDatabase } from './simulated-database.ts';
import type { Owner, VirtualTime } from './virtual-time.ts';

type Results = { rows: object[] } | { rows: object[] }[];
type Callback = (error: Error | undefined, results?: Results) => void;
type Request = { text: string; values: unknown[]; callback: Callback };

/** The network between one core and the database, and what is planted there. */
export type Network = {
  time: VirtualTime;
  random: Random;
  database: SimulatedDatabase;
  /** The core, whose end closes its connections. */
  owner: Owner;
  /** All of its connections that are open. */
  clients: Set<SimulatedClient>;
  /** No packet passes, and neither side learns that. */
  isSilent: boolean;
  /** The share of notices that get lost, or come twice. */
  lostNotices: number;
  tamper: Tamper;
};

/** Plants faults between a core and the database. */
export type Tamper = {
  text?: (text: string) => string;
  results?: (text: string, results: Results, network: Network) => Results;
  failed?: (text: string, network: Network) => void;
  ignoresWarnings?: boolean;
};

/** A connection of the driver (`pg`), as far as cores and the pool of the driver use it. */
export class SimulatedClient extends EventEmitter {
  readonly connection = { stream: { destroy: () => this.fail(new Error('destroyed')) } };
  _queryable = true;
  _ending = false;
  readonly config: ClientConfig;
  private readonly network: Network;
  private session: Session | undefined;
  private queue: Request[] = [];
  private active: Request | undefined;
  private isConnecting: Callback | undefined;
  private isClosed = false;
  /** What is on its way may arrive, or not. */
  private isCut = false;
  /** Nothing arrives any more, and neither side learns that. */
  private isLost = false;

  constructor(config: ClientConfig, network: Network) {
    super();
    this.config = config;
    this.network = network;
  }

  /** What it is for: to commit, to listen or to read. */
  get use(): 'turn' | 'listener' | 'reader' {
    if (this.session?.listens) return 'listener';
    return 'lock_timeout' in this.config ? 'turn' : 'reader';
  }

  connect(callback?: Callback): Promise<void> | undefined {
    if (!callback)
      return new Promise((resolve, reject) => {
        this.connect((error) => (error ? reject(error) : resolve()));
      });
    const { database, clients } = this.network;
    clients.add(this);
    this.isConnecting = callback;
    if (database.isInstant) {
      this.accept();
      return undefined;
    }
    this.later(this.config.connectionTimeoutMillis ?? 5000, () => this.refuse(new Error('timeout expired')));
    this.toDatabase(() => {
      if (!database.isUp) this.toCore(() => this.refuse(new Error('connect ECONNREFUSED')));
      else {
        const session = this.newSession();
        database.open(session);
        this.toCore(() => this.accept(session));
      }
    });
    return undefined;
  }

  query(
    query: string | { text: string; values: unknown[] },
    own?: unknown[] | Callback,
    callback?: Callback,
  ): Promise<Results> | undefined {
    const text = typeof query === 'string' ? query : query.text;
    const values = typeof query === 'string' || typeof own === 'function' ? own : query.values;
    const done = typeof values === 'function' ? values : callback;
    const given = typeof values === 'function' ? [] : (values ?? []);
    if (!done)
      return new Promise((resolve, reject) => {
        this.query(text, given, (error, results) => (error ? reject(error) : resolve(results as Results)));
      });
    const isOpen = this._queryable && !this._ending && !this.isClosed;
    if (!isOpen) {
      queueMicrotask(() => done(new Error('Client was closed and is not queryable')));
      return undefined;
    }
    this.queue.push({ text: this.network.tamper.text?.(text) ?? text, values: given, callback: done });
    this.sendNext();
    return undefined;
  }

  end(callback?: () => void): Promise<void> | undefined {
    if (!callback) return new Promise((resolve) => void this.end(resolve));
    const isFirst = !this._ending;
    this._ending = true;
    const { database } = this.network;
    if (isFirst) {
      if (this.session && !database.isInstant)
        this.toDatabase(() => this.session && database.end(this.session));
      else if (this.session) database.end(this.session);
      this.close(new Error('Connection terminated'));
    }
    queueMicrotask(callback);
    return undefined;
  }

  ref(): void {}
  unref(): void {}
  isConnected(): boolean {
    return this.session !== undefined && !this.isClosed;
  }

  /** The connection ends between both sides. What was sent just before may arrive, or not. */
  cut(): void {
    const { time, random, database } = this.network;
    if (this.isCut) return;
    this.isCut = true;
    const { session } = this;
    if (session) time.after(random() * 30, undefined, () => database.end(session));
    time.after(random() * 30, this.network.owner, () => this.fail(new Error('read ECONNRESET')));
  }

  /** The network has become silent: who waits for an answer gives up in the end. */
  lose(): void {
    this.isLost = true;
    if (this.active) this.limitAnswer(this.active);
  }

  private newSession(): Session {
    const session: Session = {
      isEnded: false,
      listens: false,
      isInTransaction: false,
      write: undefined,
      snapshot: undefined,
      requests: 0,
      onNotification: (channel, payload) => this.notify(channel, payload),
      onNotice: (message) => {
        if (!this.network.tamper.ignoresWarnings) this.toCore(() => this.emit('notice', { message }));
      },
      onEnd: () => this.toCore(() => this.fail(new Error('terminating connection'))),
    };
    return session;
  }

  private notify(channel: string, payload: string): void {
    const { random, lostNotices } = this.network;
    if (random.chance(lostNotices)) return;
    for (let copies = random.chance(lostNotices) ? 2 : 1; copies > 0; copies--)
      this.toCore(() => this.emit('notification', { channel, payload }));
  }

  private accept(session?: Session): void {
    const callback = this.isConnecting;
    if (!callback) return;
    this.isConnecting = undefined;
    this.session = session ?? this.newSession();
    if (!session) this.network.database.open(this.session);
    callback(undefined);
  }

  private refuse(error: Error): void {
    const callback = this.isConnecting;
    this.isConnecting = undefined;
    if (!callback) return;
    this.close(error);
    callback(error);
  }

  private sendNext(): void {
    if (this.active) return;
    const request = this.queue.shift();
    const { session } = this;
    if (!request || !session) return;
    this.active = request;
    const { database } = this.network;
    const answer: Answer = (error, results) => {
      if (database.isInstant) queueMicrotask(() => this.answered(request, error, results));
      else this.toCore(() => this.answered(request, error, results));
    };
    if (database.isInstant) {
      database.request(session, request.text, request.values, answer);
      return;
    }
    if (this.isLost || /^(commit|with guard)|for update/.test(request.text)) this.limitAnswer(request);
    this.toDatabase(() => {
      if (!session.isEnded) database.request(session, request.text, request.values, answer);
    });
  }

  private limitAnswer(request: Request): void {
    const { query_timeout: ms = 20_000 } = this.config as { query_timeout?: number };
    this.later(ms, () => this.answered(request, new Error('Query read timeout')));
  }

  private answered(request: Request, error: Error | undefined, results?: Results): void {
    if (this.active !== request) return;
    this.active = undefined;
    const { tamper } = this.network;
    if (error) tamper.failed?.(request.text, this.network);
    const given = results && (tamper.results?.(request.text, results, this.network) ?? results);
    request.callback(error, given);
    this.sendNext();
  }

  /** The connection has ended: statements fail, and so do all that follow. */
  private fail(error: Error): void {
    if (this.isClosed) return;
    this.refuse(error);
    if (this.isClosed) return;
    const isEnding = this._ending;
    this.close(error);
    if (!isEnding) this.emit('error', error);
    this.emit('end');
  }

  private close(error: Error): void {
    this.isClosed = true;
    this._queryable = false;
    this.network.clients.delete(this);
    const requests = [...(this.active ? [this.active] : []), ...this.queue];
    this.active = undefined;
    this.queue = [];
    for (const { text, callback } of requests) {
      this.network.tamper.failed?.(text, this.network);
      queueMicrotask(() => callback(error));
    }
  }

  private later(ms: number, run: () => void): void {
    this.network.time.after(ms, this.network.owner, () => {
      if (!this.isClosed) run();
    });
  }

  private readonly isOver = { database: false, core: false };
  private readonly lastArrival = { database: 0, core: 0 };

  private toDatabase(run: () => void): void {
    this.deliver('database', undefined, run);
  }

  private toCore(run: () => void): void {
    this.deliver('core', this.network.owner, () => {
      if (!this.isClosed) run();
    });
  }

  /** A packet arrives after those before it, or never. */
  private deliver(to: 'database' | 'core', owner: Owner | undefined, run: () => void): void {
    const { network } = this;
    const { time, random } = network;
    if (this.isCut && random.chance(0.5)) this.isOver[to] = true;
    if (network.isSilent || this.isLost || this.isOver[to]) return;
    const at = Math.max(this.lastArrival[to], time.now + delayOf(random));
    this.lastArrival[to] = at;
    const wasCut = this.isCut;
    time.after(at - time.now, owner, () => {
      // Of what was on its way at a cut the first part arrives, as in any stream.
      if (this.isCut && !wasCut && random.chance(0.5)) this.isOver[to] = true;
      if (network.isSilent || this.isLost || this.isOver[to]) return;
      run();
    });
  }
}

/** Mostly short, sometimes long, as in a network with other traffic. */
function delayOf(random: Random): number {
  const kind = random();
  if (kind < 0.9) return random() * 2;
  return random() * (kind < 0.99 ? 60 : 800);
}
