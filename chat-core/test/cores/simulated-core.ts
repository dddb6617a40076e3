import type { Client } from 'pg';
import { memoryDisk } from '../../src/storage/lowdb/disk/memory-disk.ts';
import { openPostgresStore } from '../../src/storage/postgres/postgres-store.ts';
import type { Store } from '../../src/storage/store.ts';
import { type Network, SimulatedClient } from './simulated-client.ts';

const YEAR_2027 = Date.UTC(2027, 0, 1);
const RESTART_MS = 500;
const disk = memoryDisk();

type Options = Omit<Network, 'owner' | 'clients' | 'isSilent'> & {
  /** How far its wall clock is ahead, in milliseconds. */
  clock: number;
  /** Called with each life of it that runs, at its start. */
  onStart: (store: Store, core: SimulatedCore) => void;
  /** Called when it ends itself. */
  onLost: (error: Error, core: SimulatedCore) => void;
};

/** A chat-core without its routes: the real store, which is started again when it ends. */
export class SimulatedCore {
  /** Absent while it starts and after its end. */
  store: Store | undefined;
  network: Network;
  private readonly options: Options;
  /** Those who wait for an answer of it. */
  private readonly calls = new Set<(error: Error) => void>();

  constructor(options: Options) {
    this.options = options;
    this.network = this.newNetwork();
  }

  /** Starts it, again and again until the database is there. */
  async start(): Promise<void> {
    const { time, clock, onStart, onLost } = this.options;
    const { network } = this;
    const { owner } = network;
    class ClientOfCore extends SimulatedClient {
      constructor(config: ConstructorParameters<typeof SimulatedClient>[0]) {
        super(config, network);
      }
    }
    try {
      const store = await time.as(owner, () =>
        openPostgresStore({
          databaseUrl: 'postgres://bisik@localhost/bisik',
          filesFolder: 'files',
          disk,
          now: () => Math.floor(YEAR_2027 + time.now + clock),
          clocks: { elapsed: () => time.now, asleep: () => 0 },
          onLost: (error) => {
            if (owner.isEnded) return;
            onLost(error, this);
            this.kill(RESTART_MS);
          },
          Client: ClientOfCore as unknown as typeof Client,
        }),
      );
      if (owner.isEnded) return;
      this.store = store;
      onStart(store, this);
    } catch {
      if (!owner.isEnded) this.kill(RESTART_MS);
    }
  }

  /** Its process ends at once, and starts again later. */
  kill(forMs: number): void {
    const { time } = this.options;
    for (const client of this.network.clients) client.cut();
    this.network.owner.isEnded = true;
    this.store = undefined;
    for (const fail of [...this.calls]) fail(new Error('the core was killed'));
    this.network = this.newNetwork();
    const { owner } = this.network;
    time.after(forMs, owner, () => void this.start());
  }

  /** Asks it for something. `done` is called once, also when it is killed or does not answer within `patienceMs`. */
  call<T>(
    work: (store: Store) => Promise<T>,
    patienceMs: number,
    done: (error: Error | undefined, value?: T) => void,
  ): void {
    const { store, calls } = this;
    if (!store) {
      done(new Error('the core does not run'));
      return;
    }
    let isDone = false;
    const end = (error: Error | undefined, value?: T) => {
      if (isDone) return;
      isDone = true;
      calls.delete(end);
      done(error, value);
    };
    calls.add(end);
    const { time } = this.options;
    time.after(patienceMs, this.network.owner, () => end(new Error('no answer')));
    time.as(this.network.owner, () => {
      work(store).then((value) => end(undefined, value), end);
    });
  }

  private newNetwork(): Network {
    const { time, random, database, lostNotices, tamper } = this.options;
    return {
      time,
      random,
      database,
      lostNotices,
      tamper,
      owner: { isEnded: false },
      clients: new Set(),
      isSilent: false,
    };
  }
}
